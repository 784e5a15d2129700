using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Words;

/// <summary>
/// Says which pieces are the words of a text, alike for every family of tokenizers. Has buffers of its own: one caller at a time.
/// </summary>
/// <remarks>
/// <para>The tokenizer's words are cut further, between two pieces and never inside of one:</para>
/// <list type="bullet">
/// <item>in front of a punctuation mark and behind one, as BERT does, so that a name ends where its letters do;</item>
/// <item>between any two pieces in scripts that write no blanks (Han, Kana, Thai, Lao, Khmer, Myanmar), but not before a mark that
/// combines with the letter in front of it;</item>
/// <item>where blanks lie between.</item>
/// </list>
/// <para>
/// Blanks belong to no word. A piece that stands for nothing else, such as a lone <c>▁</c>, and a special piece that somebody typed, have
/// no word: the first piece of a word is the first that stands for some of its letters. No word is empty, and words don't overlap.
/// </para>
/// </remarks>
/// <param name="tokenizer">Whose pieces they are.</param>
/// <param name="cutsWords">False where words were cut by other rules before, so that they are only freed of blanks.</param>
internal sealed class WordBorders(IPieceTokenizer tokenizer, bool cutsWords)
{
    private readonly List<int> _starts = [];
    private readonly List<int> _ends = [];
    private readonly List<int> _firstPieces = [];

    /// <summary>First UTF-16 unit of each word, rising.</summary>
    public List<int> Starts => _starts;

    /// <summary>First UTF-16 unit behind each word.</summary>
    public List<int> Ends => _ends;

    /// <summary>Index of each word's first piece, rising.</summary>
    public List<int> FirstPieces => _firstPieces;

    /// <summary>Finds the words of a text.</summary>
    /// <param name="text">The text that the pieces' spans point into.</param>
    /// <param name="pieces">Its pieces.</param>
    /// <param name="count">How many of them.</param>
    public void Find(ReadOnlySpan<char> text, PieceBuffer pieces, int count)
    {
        _starts.Clear();
        _ends.Clear();
        _firstPieces.Clear();
        var starts = pieces.Starts;
        var ends = pieces.Ends;
        var words = pieces.Words;
        var wordOfLast = -1;
        for (var piece = 0; piece < count; piece++)
        {
            var (start, end) = WithoutBlanks(text, starts[piece], ends[piece]);
            if (start >= end || tokenizer.IsSilent(pieces.Ids[piece]))
                continue;

            var endOfLast = _ends.Count == 0 ? 0 : _ends[^1];
            var isNew = words[piece] != wordOfLast || (cutsWords && start >= endOfLast && Begins(text, endOfLast, start));
            wordOfLast = words[piece];
            if (isNew && end > endOfLast)
            {
                (start, end) = WithoutBlanks(text, Math.Max(start, endOfLast), end);
                if (start < end)
                {
                    _starts.Add(start);
                    _ends.Add(end);
                    _firstPieces.Add(piece);
                }
            }
            else if (end > endOfLast)
            {
                _ends[^1] = end;
            }
        }
    }

    /// <summary>Whether a piece that goes on with a word of the tokenizer begins one of its own.</summary>
    private static bool Begins(ReadOnlySpan<char> text, int endOfLast, int start)
    {
        if (IsPlain(text[start]) && IsPlain(text[start - 1]))
            return start > endOfLast && text[endOfLast..start].ContainsAny(" \t\r\n");

        var first = CodePoints.At(text, start, out _);
        if (CodePoints.Has(first, CodePointTraits.Combining))
            return false;
        var last = CodePoints.Before(text, start, out _);
        return CodePoints.Has(first, CodePointTraits.Punctuation)
            || CodePoints.Has(last, CodePointTraits.Punctuation | CodePointTraits.Blank)
            || Letters.IsUnspaced(first)
            || Letters.IsUnspaced(last);
    }

    private static bool IsPlain(char unit) => char.IsAsciiLetterOrDigit(unit);

    private static (int Start, int End) WithoutBlanks(ReadOnlySpan<char> text, int start, int end)
    {
        while (start < end && !IsPlain(text[start]) && text[start].IsBlank())
            start++;
        while (end > start && !IsPlain(text[end - 1]) && text[end - 1].IsBlank())
            end--;
        return (start, end);
    }
}
