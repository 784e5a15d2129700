using System.Runtime.CompilerServices;

namespace StreamNer.Inference.Tokenization.Characters;

/// <summary>
/// A text under normalization: its UTF-16 units, each with the span of the original text that it came from. One owner, one thread.
/// </summary>
/// <remarks>
/// A step reads <see cref="Chars"/> and puts the new text, which takes the old one's place at <see cref="Commit"/>.
/// Both are columns that are reused, so nothing is allocated once they have grown.
/// </remarks>
internal sealed class AlignedText
{
    private const int UnitsPerUnit = 16;
    private const int LeastUnits = 65_536;

    private Columns _now = new();
    private Columns _next = new();
    private long _unitsLeft = long.MaxValue;
    private int _origin;
    private int _length;
    private int _put;
    private int _cursor;

    /// <summary>Number of UTF-16 units.</summary>
    public int Length => _length;

    /// <summary>The units; never a lone surrogate.</summary>
    public ReadOnlySpan<char> Chars => _now.Chars.AsSpan(0, _length);

    /// <summary>For each unit the first unit of the original text that it stands for.</summary>
    public ReadOnlySpan<int> Starts => _now.Starts.AsSpan(0, _length);

    /// <summary>For each unit the first unit of the original text behind what it stands for.</summary>
    public ReadOnlySpan<int> Ends => _now.Ends.AsSpan(0, _length);

    /// <summary>First unit of the original text that this one was taken from.</summary>
    public int Origin => _origin;

    /// <summary>What matching needs beside the text, reused from text to text.</summary>
    public MatchScratch Scratch { get; } = new();

    /// <summary>
    /// Begins with the parts of a text of so many units, and bounds what all steps may make of them and how long matching may take.
    /// </summary>
    /// <remarks>The bounds are far above what any real text needs, and far below what would fill the memory or the day.</remarks>
    public void Begin(int units)
    {
        _unitsLeft = UnitsPerUnit * (long)units + LeastUnits;
        Scratch.StepsLeft = MatchScratch.StepsPerUnit * (long)units + MatchScratch.LeastSteps;
    }

    /// <summary>Ends with a part: what was made of it counts against the bound of the whole text.</summary>
    public void EndPart() => _unitsLeft -= _length;

    /// <summary>Takes the part <c>[from, to)</c> of an original text, lone surrogates replaced by U+FFFD.</summary>
    /// <param name="text">The original text.</param>
    /// <param name="from">First unit of the part.</param>
    /// <param name="to">First unit behind it.</param>
    public void Load(ReadOnlySpan<char> text, int from, int to)
    {
        var part = text[from..to];
        _now.Reserve(part.Length);
        (_length, _origin) = (part.Length, from);
        (_put, _cursor) = (0, 0);
        var chars = _now.Chars.AsSpan(0, part.Length);
        var starts = _now.Starts.AsSpan(0, part.Length);
        var ends = _now.Ends.AsSpan(0, part.Length);
        var surrogates = false;
        for (var i = 0; i < part.Length; i++)
        {
            chars[i] = part[i];
            starts[i] = from + i;
            ends[i] = from + i + 1;
            surrogates |= char.IsSurrogate(part[i]);
        }

        if (surrogates)
            JoinPairs(chars, starts, ends);
    }

    /// <summary>Adds a unit to the new text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(char unit, int start, int end)
    {
        var n = _put;
        if ((uint)n >= (uint)_next.Chars.Length)
            Grow(n + 1);
        _next.Chars[n] = unit;
        _next.Starts[n] = start;
        _next.Ends[n] = end;
        _put = n + 1;
    }

    /// <summary>Adds units that all stand for one span to the new text.</summary>
    public void Put(ReadOnlySpan<char> units, int start, int end)
    {
        foreach (var unit in units)
            Put(unit, start, end);
    }

    /// <summary>Adds the units <c>[from, to)</c> of the old text to the new one, with their spans.</summary>
    public void Keep(int from, int to)
    {
        var count = to - from;
        Grow(_put + count);
        Array.Copy(_now.Chars, from, _next.Chars, _put, count);
        Array.Copy(_now.Starts, from, _next.Starts, _put, count);
        Array.Copy(_now.Ends, from, _next.Ends, _put, count);
        _put += count;
    }

    /// <summary>Number of units of the new text so far.</summary>
    public int PutLength => _put;

    /// <summary>The new text so far; valid until more is put.</summary>
    public ReadOnlySpan<char> PutChars => _next.Chars.AsSpan(0, _put);

    /// <summary>Adds a code point to the new text, which stands for the next one of the old text, as the reference counts them.</summary>
    /// <param name="codePoint">A Unicode scalar value.</param>
    /// <param name="change">
    /// 0: it replaces the next old code point. 1: it is added, and stands for the old one before. -n: it replaces one, and the n behind go.
    /// </param>
    public void Transform(int codePoint, int change)
    {
        int start, end;
        if (change > 0)
        {
            (start, end) = _cursor == 0 ? (0, 0) : (_now.Starts[_cursor - 1], _now.Ends[_cursor - 1]);
        }
        else
        {
            (start, end) = _cursor < _length ? (_now.Starts[_cursor], _now.Ends[_cursor]) : (0, 0);
            for (var i = change; i <= 0; i++)
                _cursor = Math.Min(_length, _cursor + (_cursor < _length && char.IsHighSurrogate(_now.Chars[_cursor]) ? 2 : 1));
        }

        if (codePoint <= char.MaxValue)
        {
            Put((char)codePoint, start, end);
            return;
        }

        Put((char)(0xD7C0 + (codePoint >> 10)), start, end);
        Put((char)(0xDC00 + (codePoint & 0x3FF)), start, end);
    }

    /// <summary>Lets the new text take the old one's place.</summary>
    /// <exception cref="TokenizationException">It is longer than this text may become.</exception>
    public void Commit()
    {
        CheckLength(_put);
        (_now, _next) = (_next, _now);
        (_length, _put, _cursor) = (_put, 0, 0);
    }

    /// <summary>Leaves only the part <c>[from, to)</c> of the text.</summary>
    public void Cut(int from, int to)
    {
        if (from == 0)
        {
            _length = to;
            return;
        }

        Keep(from, to);
        Commit();
    }

    /// <summary>The word <c>[from, to)</c> of the text.</summary>
    public AlignedWord Word(int from, int to, int number) =>
        new(_now.Chars.AsSpan(from, to - from), _now.Starts.AsSpan(from, to - from), _now.Ends.AsSpan(from, to - from), number);

    private void Grow(int length)
    {
        CheckLength(length);
        _next.Reserve(length);
    }

    private void CheckLength(int length)
    {
        if (length <= _unitsLeft)
            return;
        (_put, _cursor) = (0, 0);
        throw new TokenizationException(
            $"the steps of the tokenizer.json make more than {UnitsPerUnit} characters of each one of the text and {LeastUnits} beside: "
            + "they are broken, or the text was made to blow up");
    }

    private static void JoinPairs(Span<char> chars, Span<int> starts, Span<int> ends)
    {
        for (int i = 0, length; i < chars.Length; i += length)
        {
            if (CodePoints.At(chars, i, out length) == CodePoints.Replacement)
                chars[i] = (char)CodePoints.Replacement;
            if (length == 1)
                continue;
            ends[i]++;
            starts[i + 1]--;
        }
    }

    private sealed class Columns
    {
        public char[] Chars = new char[1024];
        public int[] Starts = new int[1024];
        public int[] Ends = new int[1024];

        public void Reserve(int length)
        {
            if (length <= Chars.Length)
                return;
            length = Math.Max(length, Chars.Length * 2);
            Array.Resize(ref Chars, length);
            Array.Resize(ref Starts, length);
            Array.Resize(ref Ends, length);
        }
    }
}

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
