using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tests.Tokenization.Characters;

public sealed class CodePointsTests
{
    [Theory]
    [InlineData('a', CodePointTraits.Letter | CodePointTraits.Word)]
    [InlineData('7', CodePointTraits.Number | CodePointTraits.Word)]
    [InlineData('$', CodePointTraits.Punctuation)]
    [InlineData('\n', CodePointTraits.CleanedToBlank | CodePointTraits.Blank | CodePointTraits.Space)]
    [InlineData('\u200B', CodePointTraits.Removed)]
    [InlineData('\u0301', CodePointTraits.NonSpacing | CodePointTraits.Combining | CodePointTraits.Word)]
    [InlineData(0x6F22, CodePointTraits.Ideograph | CodePointTraits.Letter | CodePointTraits.Word)]
    [InlineData(0x1D401, CodePointTraits.Letter | CodePointTraits.Word)]
    [InlineData(0x1F600, CodePointTraits.None)]
    [InlineData(0x10FFFD, CodePointTraits.Removed)]
    internal void A_code_point_has_the_traits_that_the_reference_gives_it(int codePoint, CodePointTraits traits) =>
        Assert.Equal(traits, CodePoints.Of(codePoint));

    [Fact]
    public void A_hangul_syllable_decomposes()
    {
        Assert.Equal("\u1112\u1161\u11AB", CodePoints.Decomposed['한']);
        Assert.Equal("\u1112\u1161", CodePoints.Decomposed['하']);
    }

    [Fact]
    public void Case_and_accents_do_not_depend_on_the_culture_or_on_icu()
    {
        Assert.Equal("i\u0307", CodePoints.Lower['İ']);
        Assert.Equal("e\u0301", CodePoints.Decomposed['é']);
        Assert.Null(CodePoints.Lower['a']);
    }

    [Theory]
    [InlineData("\uD83D\uDE00", 0, 0x1F600, 2)]
    [InlineData("\uD83D", 0, CodePoints.Replacement, 1)]
    [InlineData("\uDE00\uD83D", 0, CodePoints.Replacement, 1)]
    [InlineData("\uD83Da", 0, CodePoints.Replacement, 1)]
    public void A_lone_surrogate_counts_as_the_replacement_character(string text, int index, int codePoint, int length)
    {
        Assert.Equal(codePoint, CodePoints.At(text, index, out var units));
        Assert.Equal(length, units);
    }
}
