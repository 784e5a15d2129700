using System.Buffers;
using StreamNer.Inference.Tokenization.Characters;
using StreamNer.Inference.Tokenization.Subwords;

namespace StreamNer.Inference.Tokenization.AddedTokens;

/// <summary>Finds added tokens in a text: the leftmost, and of those the longest. Immutable, any thread.</summary>
internal sealed class AddedTokenFinder
{
    private readonly AddedToken[] _tokens;
    private readonly DoubleArrayTrie _contents;
    private readonly SearchValues<char> _firstUnits;

    /// <param name="tokens">The tokens; their contents differ.</param>
    /// <exception cref="InvalidDataException">One is longer than <see cref="DoubleArrayTrie.LongestKey"/>.</exception>
    public AddedTokenFinder(IEnumerable<AddedToken> tokens)
    {
        _tokens = [.. tokens];
        _contents = new DoubleArrayTrie(_tokens.Select((token, index) => new KeyValuePair<string, int>(token.Content, index)));
        _firstUnits = SearchValues.Create([.. _tokens.Select(token => token.Content[0]).Distinct()]);
    }

    /// <summary>Splits a text at its added tokens; all ranges together cover it.</summary>
    /// <remarks>Time grows with the text times the longest token, whatever the text.</remarks>
    public void Split(ReadOnlySpan<char> text, WordRanges ranges)
    {
        var done = 0;
        var at = 0;
        while (TryMatch(text, ref at, out var token, out var end))
        {
            var start = at;
            at = end;
            if (token.SingleWord && (EndsWithWord(text[..start]) || StartsWithWord(text[end..])))
                continue;
            if (token.StripLeft)
                start = done + text[done..start].LastIndexOfNonBlank() + 1;
            if (token.StripRight)
                end += text[end..].IndexOfNonBlank();
            ranges.Add(done, start);
            ranges.Add(new WordRange(start, end, token.Id));
            done = end;
            at = Math.Max(at, done);
        }

        ranges.Add(done, text.Length);
    }

    /// <summary>Finds the next occurrence from <paramref name="at"/> on, and moves it there.</summary>
    private bool TryMatch(ReadOnlySpan<char> text, ref int at, out AddedToken token, out int end)
    {
        while (text[at..].IndexOfAny(_firstUnits) is var skipped and >= 0)
        {
            at += skipped;
            var length = _contents.LongestPrefix(text[at..], out var index);
            if (length > 0)
            {
                (token, end) = (_tokens[index], at + length);
                return true;
            }

            at++;
        }

        (token, end) = (null!, 0);
        return false;
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text) =>
        !text.IsEmpty && CodePoints.Has(CodePoints.Before(text, text.Length, out _), CodePointTraits.Word);

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        !text.IsEmpty && CodePoints.Has(CodePoints.At(text, 0, out _), CodePointTraits.Word);
}

/// <summary>A text that is one piece wherever it occurs, such as <c>[SEP]</c> or a word added to the vocabulary.</summary>
/// <param name="Content">The text; never empty.</param>
/// <param name="Id">Its id.</param>
/// <param name="SingleWord">It counts only where no word character stands beside it.</param>
/// <param name="StripLeft">It takes the white space before it.</param>
/// <param name="StripRight">It takes the white space behind it.</param>
/// <param name="Normalized">It is looked for in the normalized text, not in the original.</param>
internal sealed record AddedToken(string Content, int Id, bool SingleWord, bool StripLeft, bool StripRight, bool Normalized)
{
    /// <summary>Whether it is one of the model's own signs and no text.</summary>
    public bool Special { get; init; }
}
