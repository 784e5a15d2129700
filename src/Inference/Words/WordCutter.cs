using System.Globalization;
using StreamNer.Inference.Domain;

namespace StreamNer.Inference.Words;

/// <summary>Cuts text into words, numbers, marks and symbols by written rules, whatever the model. Any thread.</summary>
/// <remarks>
/// <para>The text is first cut at blanks, as Spark NLP's Tokenizer does, then marks are taken off; <c>WordCutterTests</c> lists the rules
/// as examples:</para>
/// <list type="bullet">
/// <item>a word is letters, digits, marks and underscores; <c>' ’ - . &amp; , : /</c> inside join it where they do in writing:
/// <c>can't</c>, <c>O'Brien</c>, <c>well-known</c>, <c>example.com</c>, <c>AT&amp;T</c>, <c>1,000.50</c>, <c>12:30</c>;</item>
/// <item>a web address, an e-mail address, a mention and a hashtag are one word each;</item>
/// <item>a currency sign or percent sign belongs to the number that it touches, a sign before a number to the number;</item>
/// <item>an abbreviation keeps its full stop: <c>Dr.</c>, <c>U.S.</c>, <c>J.</c>;</item>
/// <item>each ideograph is a word; Hiragana, Katakana and other letters are words of their own where they meet;</item>
/// <item>a run of full stops, dashes, exclamation and question marks or the like is one word, every other mark and symbol stands alone,
/// as a whole grapheme cluster.</item>
/// </list>
/// <para>Every character that is no blank is in exactly one word. Time is linear: what is looked at ahead or behind is bounded.</para>
/// </remarks>
internal static class WordCutter
{
    private const int LongestCluster = 64;

    private const string Runs = "-–—=*_~#+^";

    /// <summary>Finds the words of a text.</summary>
    /// <param name="text">Any UTF-16; a lone surrogate is a symbol.</param>
    /// <param name="words">Cleared first; then holds the words' spans in order.</param>
    public static void Cut(ReadOnlySpan<char> text, List<TextSpan> words)
    {
        words.Clear();
        for (var at = 0; at < text.Length;)
        {
            if (IsBlank(text, at))
            {
                at++;
                continue;
            }

            var end = EndOfWord(text, at);
            words.Add(new TextSpan(at, end));
            at = end;
        }
    }

    /// <summary>True for what separates words: white space, controls, and the blanks that have no width.</summary>
    public static bool IsBlank(ReadOnlySpan<char> text, int at) => text[at] switch
    {
        <= ' ' or (>= '\u007F' and <= '\u00A0') or '\u200B' or '\uFEFF' or '\u2060' => true,
        < '\u1680' => false,
        var unit => char.IsWhiteSpace(unit),
    };

    private static int EndOfWord(ReadOnlySpan<char> text, int at)
    {
        var kind = Letters.KindAt(text, at, out var length);
        if (kind == LetterKind.Ideograph)
            return EndOfCluster(text, at);

        var isFresh = at == 0 || !Letters.GoOn(Letters.KindBefore(text, at), LetterKind.Letter);
        if (kind != LetterKind.None)
        {
            var address = isFresh ? WebNames.EndOfAddress(text, at) : 0;
            return address > 0 ? address : EndOfLetters(text, at, length, kind);
        }

        var next = at + length < text.Length ? Letters.KindAt(text, at + length, out _) : LetterKind.None;
        return text[at] switch
        {
            '@' or '#' when isFresh && WebNames.EndOfTag(text, at) is var tag and > 0 => tag,
            '+' or '-' or '−' when isFresh && next == LetterKind.Digit => EndOfLetters(text, at, length, LetterKind.Digit),
            '-' or '+' or '−' when isFresh && at + 2 < text.Length && IsCurrency(text[at + 1]) && char.IsAsciiDigit(text[at + 2]) =>
                EndOfLetters(text, at, 2, LetterKind.Digit),
            var sign when IsCurrency(sign) && next == LetterKind.Digit => EndOfLetters(text, at, length, LetterKind.Digit),
            '.' or '…' => EndOfRun(text, at, ".…"),
            '!' or '?' => EndOfRun(text, at, "!?"),
            var mark when Runs.Contains(mark, StringComparison.Ordinal) => EndOfRun(text, at, text.Slice(at, 1)),
            _ => EndOfCluster(text, at),
        };
    }

    /// <summary>Runs of letters and digits, joined by marks that belong to a word when letters or digits stand on both sides.</summary>
    private static int EndOfLetters(ReadOnlySpan<char> text, int start, int length, LetterKind kind)
    {
        var end = start + length;
        while (end < text.Length)
        {
            var next = Letters.KindAt(text, end, out var nextLength);
            if (Letters.GoOn(kind, next))
            {
                kind = next == LetterKind.Mark ? kind : next;
                end += nextLength;
            }
            else if (next == LetterKind.None && end + 1 < text.Length && Letters.KindAt(text, end + 1, out nextLength) is var behind
                && Letters.GoOn(kind, behind) && behind != LetterKind.Mark && Joins(text, end, kind, behind))
            {
                kind = behind;
                end += 1 + nextLength;
            }
            else
            {
                break;
            }
        }

        return WithSuffix(text, start, end, kind);
    }

    private static bool Joins(ReadOnlySpan<char> text, int at, LetterKind before, LetterKind behind)
    {
        var digits = before == LetterKind.Digit && behind == LetterKind.Digit;
        var letters = before != LetterKind.Digit && behind != LetterKind.Digit;
        return text[at] switch
        {
            '\u200C' or '\u200D' or '\u00AD' => true, // joiners of scripts that need them, and the hyphen that isn't seen
            '\'' or '’' or '＇' => before == LetterKind.Digit || letters,
            '-' or '‐' or '‑' => true,
            '.' =>
                digits || letters && !(char.IsLower(text[at - 1]) && char.IsUpper(text[at + 1]))
                    || before == LetterKind.Digit && char.IsLower(text[at + 1]),
            ',' or ':' or '/' or '٫' or '٬' => digits,
            '&' => char.IsUpper(text[at - 1]) && char.IsUpper(text[at + 1]),
            '·' => letters,
            _ => false,
        };
    }

    private static int WithSuffix(ReadOnlySpan<char> text, int start, int end, LetterKind kind)
    {
        if (end >= text.Length)
            return end;

        var mark = text[end];
        if (kind == LetterKind.Digit)
        {
            var isUnit = mark is '%' or '‰' or '°' || IsCurrency(mark);
            return isUnit && !(end + 1 < text.Length && char.IsAsciiDigit(text[end + 1])) ? end + 1 : end;
        }

        // C++, C#
        if (end - start == 1 && mark is '+' or '#')
        {
            var behind = mark == '+' && end + 1 < text.Length && text[end + 1] == '+' ? end + 2 : end + 1;
            if (behind == text.Length || Letters.KindAt(text, behind, out _) == LetterKind.None)
                return behind;
        }

        return mark == '.' && !(end + 1 < text.Length && text[end + 1] == '.') && KeepsStop(text, start, end) ? end + 1 : end;
    }

    private static bool KeepsStop(ReadOnlySpan<char> text, int start, int end) => Abbreviations.KindOf(text[start..end]) switch
    {
        AbbreviationKind.None => false,
        AbbreviationKind.BeforeNumber => end + 2 < text.Length && text[end + 1] == ' ' && char.IsAsciiDigit(text[end + 2])
            || end + 1 < text.Length && char.IsAsciiDigit(text[end + 1]),
        _ => true,
    };

    private static bool IsCurrency(char unit) =>
        unit == '$' || unit >= '\u00A2' && char.GetUnicodeCategory(unit) == UnicodeCategory.CurrencySymbol;

    private static int EndOfRun(ReadOnlySpan<char> text, int at, ReadOnlySpan<char> marks)
    {
        var end = at + 1;
        while (end < text.Length && marks.Contains(text[end]))
            end++;
        return end;
    }

    private static int EndOfCluster(ReadOnlySpan<char> text, int at)
    {
        var reach = text.Slice(at, Math.Min(LongestCluster, text.Length - at));
        if (reach.Length == LongestCluster && char.IsHighSurrogate(reach[^1]))
            reach = reach[..^1];
        return at + StringInfo.GetNextTextElementLength(reach);
    }
}
