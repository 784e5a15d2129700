using StreamNer.Inference.Models.Folders;
using StreamNer.TestSupport;

namespace StreamNer.Inference.Tests;

/// <summary>The model that the product ships, loaded once for all tests of a class, which run one after the other.</summary>
public sealed class DefaultPipeline : IDisposable
{
    public DefaultPipeline() => Pipeline = TokenClassificationPipeline.Load(Folder);

    public ModelFolder Folder { get; } = ModelFolder.Open(Repository.DefaultModel);

    public TokenClassificationPipeline Pipeline { get; }

    public void Dispose() => Pipeline.Dispose();
}
