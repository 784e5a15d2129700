using CsCheck;
using StreamNer.Inference.Domain;

namespace StreamNer.Inference.Tests.Domain;

public class VisibleTextTests
{
    [Fact]
    public void An_escape_sequence_becomes_visible() =>
        Assert.Equal("␛[31mred␛[0m", VisibleText.Of("\u001b[31mred\u001b[0m"));

    [Theory]
    [InlineData("\u0007", "␇")]
    [InlineData("\u007f", "␡")]
    [InlineData("\u009b31m", "\uFFFD31m")]
    [InlineData("a\u202Eb", "a\uFFFDb")]
    [InlineData("a\u2066b", "a\uFFFDb")]
    [InlineData("a\rb", "a␍b")]
    public void What_could_change_a_terminal_or_break_its_encoding_becomes_visible(string text, string visible) =>
        Assert.Equal(visible, VisibleText.Of(text));

    [Fact]
    public void Half_of_a_surrogate_pair_is_replaced() => Assert.Equal("a\uFFFD, \uFFFDb", VisibleText.Of("a\ud83d, \udc00b"));

    [Theory]
    [InlineData("plain")]
    [InlineData("a line\nand\ta tab")]
    [InlineData("Zoë, 東京, 👩‍👩‍👧")]
    public void Harmless_text_stays_as_it_is(string text) => Assert.Same(text, VisibleText.Of(text));

    [Fact]
    public void Lines_and_tabs_become_visible_where_they_would_break_columns() =>
        Assert.Equal("a␊b␉c", VisibleText.Of("a\nb\tc", keepLines: false));

    [Fact]
    public void No_control_character_survives_and_no_unit_moves() =>
        Gen.String[Gen.Char, 0, 200].Sample(text =>
        {
            var visible = VisibleText.Of(text, keepLines: false);
            return visible.Length == text.Length && !visible.Any(char.IsControl);
        });
}
