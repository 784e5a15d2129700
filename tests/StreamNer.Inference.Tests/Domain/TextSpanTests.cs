using StreamNer.Inference.Domain;

namespace StreamNer.Inference.Tests.Domain;

public class TextSpanTests
{
    [Fact]
    public void A_span_is_half_open() => Assert.Equal("bc", new TextSpan(1, 3).In("abcd").ToString());

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(3, 2)]
    public void A_span_that_runs_backwards_or_before_the_text_is_refused(int start, int end) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TextSpan(start, end));

    [Fact]
    public void A_default_document_id_is_not_an_id() => Assert.Throws<InvalidOperationException>(() => default(DocumentId).Value);

    [Fact]
    public void Failures_are_written_in_snake_case()
    {
        Assert.Equal("invalid_utf8", FailureCode.InvalidUtf8.Name());
        Assert.Equal("text_not_string", FailureCode.TextNotString.Name());
        Assert.Equal("tokenize", FailureStage.Tokenize.Name());
    }
}
