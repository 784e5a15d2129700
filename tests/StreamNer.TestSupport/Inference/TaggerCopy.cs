namespace StreamNer.TestSupport.Inference;

/// <summary>A second model: the default one in another folder with plain labels, so that it is a tagger. Its tags mean nothing.</summary>
public sealed class TaggerCopy : IDisposable
{
    private readonly ModelCopy _copy = new();

    public TaggerCopy()
    {
        foreach (var (label, tag) in new[] { ("\"O\"", "\"X\""), ("B-MISC", "NOUN"), ("I-MISC", "VERB"), ("B-PER", "PROPN"),
            ("I-PER", "ADJ"), ("B-ORG", "DET"), ("I-ORG", "NUM"), ("B-LOC", "PLACE"), ("I-LOC", "ADV") })
        {
            _copy.Replace("config.json", label, tag);
        }
    }

    /// <summary>The folder.</summary>
    public string Folder => _copy.Folder;

    /// <inheritdoc/>
    public void Dispose() => _copy.Dispose();
}
