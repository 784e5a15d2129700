namespace StreamNer.Inference.Domain;

/// <summary>Names a part of a text: <c>[Start, End)</c> in UTF-16 code units of the original text.</summary>
/// <remarks>An offset is Kafka's word; the place in a text is always a span.</remarks>
public readonly record struct TextSpan
{
    /// <summary>Makes the span <c>[start, end)</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="start"/> is negative or lies behind <paramref name="end"/>.
    /// </exception>
    public TextSpan(int start, int end)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThan(end, start);
        Start = start;
        End = end;
    }

    /// <summary>First code unit of the span.</summary>
    public int Start { get; }

    /// <summary>First code unit behind the span.</summary>
    public int End { get; }

    /// <summary>Number of UTF-16 code units.</summary>
    public int Length => End - Start;

    /// <summary>Cuts the span out of its text, without a copy.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The span does not lie inside <paramref name="text"/>.</exception>
    public ReadOnlySpan<char> In(string text) => text.AsSpan(Start, Length);

    /// <summary>Writes the span as <c>[start, end)</c>.</summary>
    public override string ToString() => $"[{Start}, {End})";
}
