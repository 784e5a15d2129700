using System.Text;
using CsCheck;

namespace StreamNer.Inference.Tests.Tokenization;

/// <summary>Random texts that are built to collide: ordinary words beside every kind of odd character.</summary>
internal static class AnyText
{
    private static readonly Gen<string> Word = Gen.OneOf(
        "John", "london", "Unaffable", "don't", "3.14", "e-mail", "İstanbul", "naïve", "Straße",
        "東京", "다람쥐", "हिन्दी", "שלום", "العربية", "👩‍👩‍👧", "[SEP]", "[MASK]", "<mask>");

    private static readonly Gen<string> Odd = Gen.OneOf(
        " ", "  ", "\t", "\r\n", "\n", "\u00A0", "\u3000", "\u2028", "\u0085",
        "\u200B", "\u200D", "\uFEFF", "\u00AD", "\u0000", "\u0001", "\u007F", "\uFFFD", "\uFFFE",
        "\u0301", "\u0327", "\u0655", "\u1100", "\u1161", "\u11A8", "\U0001D15E", "\U0001D16D", "\uD800", "\uDC00",
        "\uDBFF", "_", "$", "^", "~", "\u2581", "\u0120", "##", "\U0001F600", "\U00020000");

    private static readonly Gen<string> Scalar =
        Gen.Int[0, 0x10FFFF].Where(c => c is < 0xD800 or > 0xDFFF).Select(c => new Rune(c).ToString());

    private static readonly Gen<string> Unit = Gen.Char.Select(c => c.ToString());

    /// <summary>A text of up to 40 parts, lone surrogates included.</summary>
    public static Gen<string> Generator { get; } =
        Gen.Frequency((4, Word), (3, Odd), (2, Scalar), (1, Unit)).List[0, 40].Select(parts => string.Concat(parts));
}
