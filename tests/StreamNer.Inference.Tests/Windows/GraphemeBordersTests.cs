using StreamNer.Inference.Windows;

namespace StreamNer.Inference.Tests.Windows;

public class GraphemeBordersTests
{
    // U+0604, which a tokenizer may leave out, is one cluster with the letter behind it.
    [Fact]
    public void A_sign_that_is_written_before_a_plain_letter_begins_its_cluster()
    {
        const string text = "$\u0604Oslo";
        Assert.Equal(1, GraphemeBorders.WidenStart(text, start: 2, limit: 0));
        Assert.Equal(2, GraphemeBorders.WidenStart(text, start: 2, limit: 2));
    }

    [Theory]
    [InlineData("東京Oslo", 2)]
    [InlineData("\u3000Oslo", 1)]
    [InlineData("naïve", 3)]
    public void A_plain_letter_behind_anything_else_begins_a_cluster_of_its_own(string text, int start) =>
        Assert.Equal(start, GraphemeBorders.WidenStart(text, start, limit: 0));
}
