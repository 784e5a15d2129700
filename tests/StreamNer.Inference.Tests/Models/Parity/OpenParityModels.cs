using System.Collections.Concurrent;
using StreamNer.Inference.Models.Folders;

namespace StreamNer.Inference.Tests.Models.Parity;

/// <summary>
/// The models of <c>tests/parity</c> and their goldens, each read once for all tests of a class. Folders are for reading only.
/// </summary>
public sealed class OpenParityModels : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<(Tokenization.ModelFolder Files, ModelFolder Folder)>> _folders = [];
    private readonly ConcurrentDictionary<string, Lazy<ExpectedLabels[]>> _expected = [];

    public void Dispose()
    {
        foreach (var opened in _folders.Values)
            opened.Value.Files.Dispose();
    }

    internal ModelFolder Open(ParityModel model) => _folders.GetOrAdd(model.Name, _ => new(() =>
    {
        var files = model.Folder();
        return (files, ModelFolder.Open(files.Path));
    })).Value.Folder;

    internal ExpectedLabels[] Expected(ParityModel model) => _expected.GetOrAdd(model.Name, _ => new(() => model.Golden().Texts)).Value;
}
