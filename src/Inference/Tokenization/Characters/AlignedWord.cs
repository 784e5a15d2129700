namespace StreamNer.Inference.Tokenization.Characters;

/// <summary>One word of an <see cref="AlignedText"/>: never empty, valid until the text changes.</summary>
internal readonly ref struct AlignedWord(ReadOnlySpan<char> chars, ReadOnlySpan<int> starts, ReadOnlySpan<int> ends, int number)
{
    /// <summary>The word's UTF-16 units, normalized; never a lone surrogate.</summary>
    public ReadOnlySpan<char> Chars { get; } = chars;

    /// <summary>For each unit where in the original text it begins.</summary>
    public ReadOnlySpan<int> Starts { get; } = starts;

    /// <summary>For each unit where in the original text it ends.</summary>
    public ReadOnlySpan<int> Ends { get; } = ends;

    /// <summary>The word's number in its text.</summary>
    public int Number { get; } = number;

    /// <summary>True when the word has more than <paramref name="codePoints"/> code points. Takes no longer for a longer word.</summary>
    public bool IsLongerThan(int codePoints)
    {
        if (Chars.Length <= codePoints)
            return false;
        if (Chars.Length > 2L * codePoints)
            return true;
        var count = 0;
        foreach (var unit in Chars)
        {
            if (!char.IsLowSurrogate(unit))
                count++;
        }

        return count > codePoints;
    }
}
