namespace StreamNer.TestSupport.Inference;

/// <summary>A copy of the default model in a temporary folder, to be broken by a test. Removed when disposed.</summary>
public sealed class ModelCopy : IDisposable
{
    /// <summary>Copies the model's files.</summary>
    public ModelCopy()
    {
        Folder = Directory.CreateTempSubdirectory("streamner-model-").FullName;
        foreach (var file in Directory.EnumerateFiles(Repository.DefaultModel))
            File.Copy(file, Path(System.IO.Path.GetFileName(file)));
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Path of one of its files.</summary>
    public string Path(string file) => System.IO.Path.Combine(Folder, file);

    /// <summary>Replaces one part of a file's text by another; the part must be there.</summary>
    public void Replace(string file, string part, string by)
    {
        var text = File.ReadAllText(Path(file));
        if (!text.Contains(part, StringComparison.Ordinal))
            throw new ArgumentException($"{file} does not hold '{part}'", nameof(part));
        File.WriteAllText(Path(file), text.Replace(part, by, StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
