namespace StreamNer.Inference.Tokenization.Characters;

/// <summary>
/// Ranges of an <see cref="AlignedText"/>, in order: words, parts still to be split, and added tokens. One owner, one thread.
/// </summary>
internal sealed class WordRanges
{
    private WordRange[] _ranges = new WordRange[256];

    /// <summary>Number of ranges.</summary>
    public int Count { get; private set; }

    /// <summary>The ranges, in the text's order.</summary>
    public ReadOnlySpan<WordRange> All => _ranges.AsSpan(0, Count);

    /// <summary>Forgets all ranges, keeps the room.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds <c>[from, to)</c>, to be cut into pieces; an empty range is left out.</summary>
    public void Add(int from, int to)
    {
        if (from < to)
            Add(new WordRange(from, to, WordRange.NoToken));
    }

    /// <summary>Adds a range as it is.</summary>
    public void Add(WordRange range)
    {
        if (Count == _ranges.Length)
            Array.Resize(ref _ranges, Count * 2);
        _ranges[Count++] = range;
    }
}

/// <summary>The part <c>[From, To)</c> of an <see cref="AlignedText"/>.</summary>
/// <param name="From">First UTF-16 unit.</param>
/// <param name="To">First unit behind it.</param>
/// <param name="Token">Id of the added token that it is, or <see cref="NoToken"/>.</param>
internal readonly record struct WordRange(int From, int To, int Token)
{
    /// <summary>Says that a range is ordinary text.</summary>
    public const int NoToken = -1;

    /// <summary>True for an added token, which is one piece and is not split.</summary>
    public bool IsToken => Token != NoToken;
}
