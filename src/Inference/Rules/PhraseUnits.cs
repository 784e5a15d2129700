using System.Globalization;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Rules;

/// <summary>Cuts text and phrases into the units that phrases are compared by: words, single other characters, blanks.</summary>
/// <remarks>
/// A word is a run of letters, digits, marks and underscores. Everything else is a unit by itself: a punctuation mark, an emoji, and each
/// character of a script that is written without blanks (Han, Hiragana, Thai, Lao, Khmer, Myanmar). A run of white space is one blank.
/// Units are whole grapheme clusters, so a phrase never ends before the accent of its last letter.
/// </remarks>
internal static class PhraseUnits
{
    /// <summary>Below this every UTF-16 unit is a cluster of its own, but for a carriage return before a line feed.</summary>
    private const char FirstJoining = '\u0300';

    /// <summary>Moves <paramref name="at"/>, the start of a unit and inside the text, to its end.</summary>
    /// <returns>True when the unit is a blank.</returns>
    public static bool Next(ReadOnlySpan<char> text, ref int at)
    {
        if (IsBlank(text, at))
        {
            do
                at++;
            while (at < text.Length && IsBlank(text, at));
            return true;
        }

        var before = KindAt(text, at);
        at += ClusterLength(text, at);
        if (before is LetterKind.None or LetterKind.Ideograph or LetterKind.Hiragana)
            return false;

        while (at < text.Length)
        {
            if (IsPlain(text, at))
            {
                if (!char.IsAsciiLetterOrDigit(text[at]) && text[at] != '_' || before == LetterKind.Katakana)
                    return false;
                before = LetterKind.Letter;
                at++;
                continue;
            }

            var kind = KindAt(text, at);
            if (kind == LetterKind.Hiragana || !Letters.GoOn(before, kind))
                return false;
            before = kind;
            at += ClusterLength(text, at);
        }

        return false;
    }

    /// <summary>A blank that a mark is put on is not one.</summary>
    private static bool IsBlank(ReadOnlySpan<char> text, int at) =>
        char.IsWhiteSpace(text[at]) && (IsPlain(text, at) || ClusterLength(text, at) == 1 || text[at] == '\r');

    /// <summary>True for an ASCII character with nothing on it.</summary>
    private static bool IsPlain(ReadOnlySpan<char> text, int at) =>
        text[at] < 0x80 && (at + 1 == text.Length || text[at + 1] < FirstJoining);

    private static LetterKind KindAt(ReadOnlySpan<char> text, int at)
    {
        var kind = Letters.KindAt(text, at, out _);
        return kind == LetterKind.Letter && IsUnbroken(text[at]) ? LetterKind.None : kind;
    }

    /// <summary>Scripts without blanks between words that have no kind of their own.</summary>
    private static bool IsUnbroken(char c) =>
        c is (>= '\u0E00' and <= '\u0EFF') or (>= '\u1000' and <= '\u109F') or (>= '\u1780' and <= '\u17FF');

    private static int ClusterLength(ReadOnlySpan<char> text, int at)
    {
        var isAlone = text[at] < FirstJoining && (at + 1 == text.Length || text[at + 1] < FirstJoining) && text[at] != '\r';
        return isAlone ? 1 : StringInfo.GetNextTextElementLength(text[at..]);
    }
}

/// <summary>
/// Makes capital and small letters the same, character by character, for all of Unicode and whatever the machine's language.
/// </summary>
/// <remarks>
/// Small letter of the capital letter, so that the three sigmas are one. What is one character in one case and two in the other stays
/// apart: <c>ß</c> is not <c>SS</c>; nor are the Turkish <c>İ</c> and <c>ı</c> the Latin <c>i</c>. Lengths never change.
/// </remarks>
internal static class CaseFolding
{
    /// <summary>Folds a unit into a buffer.</summary>
    /// <param name="unit">The characters.</param>
    /// <param name="buffer">At least twice as long as the unit.</param>
    /// <returns>The folded characters, in the buffer.</returns>
    public static ReadOnlySpan<char> Fold(ReadOnlySpan<char> unit, Span<char> buffer)
    {
        var capital = buffer[..unit.Length];
        var folded = buffer.Slice(unit.Length, unit.Length);
        unit.ToUpperInvariant(capital);
        ((ReadOnlySpan<char>)capital).ToLowerInvariant(folded);
        return folded;
    }
}
