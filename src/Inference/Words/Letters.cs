using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Words;

/// <summary>Tells what characters are to the <see cref="WordCutter"/>. Any thread.</summary>
internal static class Letters
{
    /// <summary>The kind of the character that begins at <paramref name="at"/>. It takes 1 or 2 units.</summary>
    public static LetterKind KindAt(ReadOnlySpan<char> text, int at, out int length) => Kind(CodePoints.At(text, at, out length));

    /// <summary>The kind of the character that ends before <paramref name="at"/>, which is more than 0.</summary>
    public static LetterKind KindBefore(ReadOnlySpan<char> text, int at) => Kind(CodePoints.Before(text, at, out _));

    /// <summary>True when a word that ends with one kind goes on with another.</summary>
    public static bool GoOn(LetterKind before, LetterKind next) => next switch
    {
        LetterKind.None or LetterKind.Ideograph => false,
        LetterKind.Mark => true,
        LetterKind.Hiragana or LetterKind.Katakana => before == next,
        _ => before is LetterKind.Letter or LetterKind.Digit or LetterKind.Mark,
    };

    private static LetterKind Kind(int codePoint)
    {
        if (codePoint < 0x80)
        {
            return char.IsAsciiLetter((char)codePoint) || codePoint == '_' ? LetterKind.Letter
                : char.IsAsciiDigit((char)codePoint) ? LetterKind.Digit
                : LetterKind.None;
        }

        var traits = CodePoints.Of(codePoint);
        return (traits & CodePointTraits.Ideograph) != 0 ? LetterKind.Ideograph
            : (traits & CodePointTraits.Combining) != 0 ? LetterKind.Mark
            : codePoint is (>= 0x3041 and <= 0x309F) or (>= 0x1B001 and <= 0x1B11F) ? LetterKind.Hiragana
            : codePoint is (>= 0x30A1 and <= 0x30FA) or (>= 0x30FC and <= 0x30FF) or (>= 0x31F0 and <= 0x31FF) or (>= 0xFF66 and <= 0xFF9F) ? LetterKind.Katakana
            : (traits & CodePointTraits.Letter) != 0 ? LetterKind.Letter
            : (traits & CodePointTraits.Number) != 0 ? LetterKind.Digit
            : LetterKind.None;
    }
}
