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

    /// <summary>True for a letter of a script that writes no blanks between words: Han, Kana, Thai, Lao, Khmer, Myanmar.</summary>
    public static bool IsUnspaced(int codePoint) => codePoint >= 0x0E00 && codePoint switch
    {
        <= 0x0EFF => true, // Thai, Lao
        < 0x1000 => false,
        <= 0x109F => true, // Myanmar
        < 0x1780 => false,
        <= 0x17FF => true, // Khmer
        (>= 0x19E0 and <= 0x19FF) or (>= 0xA9E0 and <= 0xA9FF) or (>= 0xAA60 and <= 0xAA7F) => true,
        0x3005 or 0x3007 or (>= 0x3021 and <= 0x3029) or (>= 0x3031 and <= 0x3035) or (>= 0x3038 and <= 0x303B) => true,
        (>= 0x3041 and <= 0x309F) or (>= 0x30A1 and <= 0x30FA) or (>= 0x30FC and <= 0x30FF) or (>= 0x31F0 and <= 0x31FF) => true,
        (>= 0xFF66 and <= 0xFF9F) or (>= 0x1AFF0 and <= 0x1B16F) => true, // Kana: half-width, rare
        _ => CodePoints.Has(codePoint, CodePointTraits.Ideograph),
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
            : codePoint is (>= 0x30A1 and <= 0x30FA) or (>= 0x30FC and <= 0x30FF) or (>= 0x31F0 and <= 0x31FF) or (>= 0xFF66 and <= 0xFF9F)
                ? LetterKind.Katakana
            : (traits & CodePointTraits.Letter) != 0 ? LetterKind.Letter
            : (traits & CodePointTraits.Number) != 0 ? LetterKind.Digit
            : LetterKind.None;
    }
}

/// <summary>What a character is to the <see cref="WordCutter"/>.</summary>
internal enum LetterKind
{
    /// <summary>Nothing that a word is made of.</summary>
    None,

    /// <summary>A letter, or an underscore.</summary>
    Letter,

    /// <summary>A digit or another number.</summary>
    Digit,

    /// <summary>A combining mark: goes on with whatever it stands on.</summary>
    Mark,

    /// <summary>A letter of Hiragana.</summary>
    Hiragana,

    /// <summary>A letter of Katakana, or its length mark.</summary>
    Katakana,

    /// <summary>An ideograph.</summary>
    Ideograph,
}
