namespace StreamNer.Inference.Tokenization.Characters;

/// <summary>
/// The parts that a pattern cuts a text into, and the room that matching takes, reused from text to text. One owner, one thread.
/// </summary>
internal sealed class MatchScratch
{
    /// <summary>Steps that matching may take for each unit of a text.</summary>
    public const int StepsPerUnit = 300;

    /// <summary>Steps that it may take beside, so that short texts have enough.</summary>
    public const int LeastSteps = 100_000;

    private Part[] _parts = new Part[64];
    private int _count;

    /// <summary>The parts in the text's order; together they cover it.</summary>
    public Span<Part> Parts => _parts.AsSpan(0, _count);

    /// <summary>Places to go back to; grown by who pushes.</summary>
    public int[] Stack = new int[128];

    /// <summary>A bit for each place that is known to lead nowhere; all 0 between two texts.</summary>
    public ulong[] Failed = new ulong[64];

    /// <summary>How many steps matching may still take with the text under way.</summary>
    public long StepsLeft;

    /// <summary>Forgets the parts, keeps the room.</summary>
    public void ClearParts() => _count = 0;

    /// <summary>Cuts a text into code points that are delimiters, each a match, and what lies between.</summary>
    public void CutAtEach(ReadOnlySpan<char> text, Func<int, bool> isDelimiter)
    {
        ClearParts();
        var done = 0;
        for (int i = 0, length; i < text.Length; i += length)
        {
            if (!isDelimiter(CodePoints.At(text, i, out length)))
                continue;
            if (done < i)
                Add(done, i, isMatch: false);
            Add(i, i + length, isMatch: true);
            done = i + length;
        }

        if (done < text.Length)
            Add(done, text.Length, isMatch: false);
    }

    /// <summary>Adds a part; it may be empty.</summary>
    public void Add(int from, int to, bool isMatch)
    {
        if (_count == _parts.Length)
            Array.Resize(ref _parts, _count * 2);
        _parts[_count++] = new Part(from, to, isMatch);
    }

    /// <summary>The part <c>[From, To)</c>, which the pattern matches, or which lies between two that it does.</summary>
    public readonly record struct Part(int From, int To, bool IsMatch);
}
