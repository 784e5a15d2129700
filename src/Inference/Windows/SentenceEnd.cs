namespace StreamNer.Inference.Windows;

/// <summary>Tells whether a sentence ends before a word: good enough to choose where a window is cut, no more.</summary>
internal static class SentenceEnd
{
    private const string Terminators = ".!?…。！？؟۔।";
    private const string Closers = "\"')]}”’»」』";

    /// <summary>True when the word before ends with a sentence's mark, or a line break stands between the two.</summary>
    public static bool IsBetween(string text, WordTable words, int word)
    {
        if (word <= 0 || word >= words.Count)
            return false;

        var before = words.Span(word - 1);
        var gap = text.AsSpan(before.End, Math.Max(0, words.Span(word).Start - before.End));
        if (gap.ContainsAny('\n', '\r', '\u2029'))
            return true;

        var end = before.End;
        while (end > before.Start && end > 0 && Closers.Contains(text[end - 1], StringComparison.Ordinal))
            end--;
        if (end == before.Start && word >= 2)
            end = words.Span(word - 2).End;
        return gap.Length > 0 && end > 0 && Terminators.Contains(text[end - 1], StringComparison.Ordinal)
            || gap.Length == 0 && end > 0 && "。！？".Contains(text[end - 1], StringComparison.Ordinal);
    }
}
