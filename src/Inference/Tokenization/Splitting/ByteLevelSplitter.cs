using System.Runtime.CompilerServices;
using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Splitting;

/// <summary>
/// Cuts as GPT-2 does: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>, written out so that every letter
/// counts, also beyond the basic plane.
/// </summary>
/// <param name="addPrefixSpace">Puts a blank in front of a part that has none; it stands for the part's first character.</param>
/// <param name="split">False leaves each part whole.</param>
internal sealed class ByteLevelSplitter(bool addPrefixSpace, bool split) : ISplitter
{
    private const CodePointTraits Kinds = CodePointTraits.Letter | CodePointTraits.Number | CodePointTraits.Space;

    /// <summary>The same splitter that puts a blank in front.</summary>
    public ByteLevelSplitter WithPrefixSpace() => new(addPrefixSpace: true, split);

    /// <inheritdoc/>
    public void Split(AlignedText text, WordRanges from, WordRanges to)
    {
        if (!addPrefixSpace)
        {
            foreach (var range in from.All)
                AddWords(text.Chars, range, to);
            return;
        }

        foreach (var range in from.All)
        {
            var begin = text.PutLength;
            if (!range.IsToken && text.Chars[range.From] != ' ')
                text.Put(' ', text.Starts[range.From], text.Ends[range.From]);
            text.Keep(range.From, range.To);
            AddWords(text.PutChars, range with { From = begin, To = text.PutLength }, to);
        }

        text.Commit();
    }

    private void AddWords(ReadOnlySpan<char> chars, WordRange range, WordRanges to)
    {
        if (range.IsToken || !split)
        {
            to.Add(range);
            return;
        }

        var part = chars[range.From..range.To];
        for (var i = 0; i < part.Length;)
        {
            var end = WordEnd(part, i);
            to.Add(range.From + i, range.From + end);
            i = end;
        }
    }

    /// <summary>End of the word that begins at <paramref name="start"/>.</summary>
    private static int WordEnd(ReadOnlySpan<char> text, int start)
    {
        if (ContractionLength(text[start..]) is var contraction and > 0)
            return start + contraction;

        var at = start;
        var kind = KindAt(text, at, out var length);
        if (text[start] == ' '
            && start + 1 < text.Length
            && KindAt(text, start + 1, out var nextLength) is var next
            && next != CodePointTraits.Space)
        {
            (at, kind, length) = (start + 1, next, nextLength);
        }

        do
        {
            at += length;
        }
        while (at < text.Length && KindAt(text, at, out length) == kind);

        // White space before a word leaves its last character to that word.
        return kind == CodePointTraits.Space && at < text.Length && at - 1 > start ? at - 1 : at;
    }

    private static int ContractionLength(ReadOnlySpan<char> text)
    {
        if (text[0] != '\'' || text.Length < 2)
            return 0;
        if (text[1] is 's' or 't' or 'm' or 'd')
            return 2;
        return text.Length > 2 && text[1..3] is "re" or "ve" or "ll" ? 3 : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static CodePointTraits KindAt(ReadOnlySpan<char> text, int index, out int length) =>
        CodePoints.Of(CodePoints.At(text, index, out length)) & Kinds;
}
