namespace StreamNer.Inference.Tokenization.Splitting;

/// <summary>Where <see cref="MetaspaceSplitter"/> puts a sign in front.</summary>
internal enum PrependScheme
{
    /// <summary>Nowhere.</summary>
    Never,

    /// <summary>In front of what begins the text.</summary>
    First,

    /// <summary>In front of every part.</summary>
    Always,
}
