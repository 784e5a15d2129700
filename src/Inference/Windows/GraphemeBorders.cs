using System.Globalization;

namespace StreamNer.Inference.Windows;

/// <summary>Widens spans to whole grapheme clusters, so that a name keeps its last accent and an emoji is never cut.</summary>
internal static class GraphemeBorders
{
    /// <summary>Below this every UTF-16 unit is a cluster of its own, but for a carriage return before a line feed.</summary>
    private const char FirstJoining = '\u0300';

    /// <summary>Longest run of units looked at on one side; a longer cluster is not one that a reader would miss.</summary>
    private const int Reach = 64;

    /// <summary>Moves <paramref name="end"/> to the end of the cluster it lies in, but not behind <paramref name="limit"/>.</summary>
    public static int WidenEnd(ReadOnlySpan<char> text, int start, int end, int limit)
    {
        if (end >= limit || text[end] < FirstJoining && text[end - 1] < FirstJoining)
            return end;

        var from = Math.Max(start, end - Reach);
        if (from > start && char.IsLowSurrogate(text[from]) && char.IsHighSurrogate(text[from - 1]))
            from--;
        var stop = Math.Min(limit, end + Reach);
        var at = from;
        while (at < end)
            at += StringInfo.GetNextTextElementLength(text[at..stop]);
        return Math.Min(at, limit);
    }

    /// <summary>Moves <paramref name="start"/> to the start of the cluster it lies in, but not before <paramref name="limit"/>.</summary>
    public static int WidenStart(ReadOnlySpan<char> text, int start, int limit)
    {
        // A piece of nothing but blanks may stand, without length, where the text ends.
        if (start <= limit || start >= text.Length || text[start] < FirstJoining && text[start - 1] < FirstJoining)
            return start;

        var from = Math.Max(limit, start - Reach);
        var stop = Math.Min(text.Length, start + Reach);
        for (var at = from; at < start;)
        {
            var next = at + StringInfo.GetNextTextElementLength(text[at..stop]);
            if (next > start)
                return at;
            at = next;
        }

        return start;
    }
}
