using System.Text;
using StreamNer.Host.Web;
using StreamNer.Streams.Wire;

namespace StreamNer.Host.Tests.Web;

public class LabelRequestTests
{
    [Fact]
    public void One_text_is_one_document()
    {
        var request = LabelRequest.Read("""{"text": "caf\u00e9 \ud83d\ude00"}"""u8, 10, out _);

        Assert.True(request!.IsSingle);
        Assert.Equal("café 😀", request.Documents.Single().Text);
    }

    [Fact]
    public void Several_texts_are_named_by_their_place()
    {
        var request = LabelRequest.Read("""{"texts": ["a", "", "c"]}"""u8, 3, out _);

        Assert.False(request!.IsSingle);
        Assert.Equal([("texts/0", "a"), ("texts/1", ""), ("texts/2", "c")],
            request.Documents.Select(document => (document.Id.Value, document.Text)));
    }

    [Fact]
    public void Words_are_one_document_that_was_cut_before_and_each_wants_its_label()
    {
        var request = LabelRequest.Read("""{"words": ["Sarah", "", "Smith"]}"""u8, 1, out _);

        Assert.True(request!.IsSingle);
        Assert.True(request.Tokens);
        Assert.Equal(["Sarah", "", "Smith"], request.Documents.Single().Words!.Value.Select(word => word.In("Sarah  Smith").ToString()));
        Assert.False(LabelRequest.Read("""{"words": ["Sarah"], "tokens": false}"""u8, 1, out _)!.Tokens);
    }

    [Theory]
    [InlineData("{\"text\": \"a\"}", null, null)]
    [InlineData("{\"model\": \"en-pos\", \"text\": \"a\", \"tokens\": true}", "en-pos", true)]
    [InlineData("{\"tokens\": false, \"texts\": [\"a\"]}", null, false)]
    public void Model_and_tokens_may_be_asked_for(string body, string? model, bool? tokens)
    {
        var request = LabelRequest.Read(Encoding.UTF8.GetBytes(body), 2, out _);

        Assert.Equal((model, tokens), (request!.Model, request.Tokens));
    }

    [Theory]
    [InlineData("{\"text\": \"a\"}", null, null)]
    [InlineData("{\"minScore\": 0.75, \"text\": \"a\", \"offsetUnit\": \"utf8\"}", 0.75, "utf8")]
    [InlineData("{\"offsetUnit\": \"codepoint\", \"texts\": [\"a\"], \"minScore\": 0}", 0.0, "codepoint")]
    public void The_least_score_and_the_unit_of_places_may_be_asked_for(string body, double? minScore, string? unit)
    {
        var request = LabelRequest.Read(Encoding.UTF8.GetBytes(body), 2, out _);

        Assert.Equal((minScore, unit), (request!.MinScore, request.OffsetUnit?.Name()));
    }

    [Theory]
    [InlineData("{\"text\": \"a\", \"minScore\": 1.5}", "'minScore' must be a number from 0 to 1")]
    [InlineData("{\"text\": \"a\", \"minScore\": \"0.5\"}", "'minScore' is a string, it must be a number from 0 to 1")]
    [InlineData("{\"text\": \"a\", \"minScore\": 0, \"minScore\": 1}", "'minScore' more than once")]
    [InlineData("{\"text\": \"a\", \"offsetUnit\": \"utf32\"}", "'offsetUnit' is 'utf32', it must be utf16, codepoint or utf8")]
    [InlineData("{\"text\": \"a\", \"offsetUnit\": 1}", "'offsetUnit' is a number, it must be utf16, codepoint or utf8")]
    public void A_score_or_a_unit_that_is_none_is_refused(string body, string problem)
    {
        Assert.Null(LabelRequest.Read(Encoding.UTF8.GetBytes(body), 2, out var said));
        Assert.Contains(problem, said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_byte_order_mark_before_the_body_is_no_part_of_it() =>
        Assert.Equal("a", LabelRequest.Read(Encoding.UTF8.GetBytes("\uFEFF{\"text\": \"a\"}"), 1, out _)!.Documents[0].Text);

    [Fact]
    public void Half_of_a_surrogate_pair_is_text_like_any_other() =>
        Assert.Equal("a\ud83d", LabelRequest.Read("""{"text": "a\ud83d"}"""u8, 1, out _)!.Documents[0].Text);

    [Theory]
    [InlineData("", "not valid JSON: it breaks at line 1, byte 1")]
    [InlineData("{\"text\": \"a\"", "not valid JSON")]
    [InlineData("{\"text\": \"a\"} x", "not valid JSON")]
    [InlineData("[]", "the body is an array")]
    [InlineData("{\"\\ud800\": 1}", "\\ud800")]
    [InlineData("{\"te\\ud800\": 1}", "\\ud800")]
    [InlineData("\"a\"", "the body is a string")]
    [InlineData("{}", "neither 'text' nor 'texts'")]
    [InlineData("{\"text\": null}", "'text' is null, it must be a string")]
    [InlineData("{\"text\": {\"a\": 1}}", "'text' is an object, it must be a string")]
    [InlineData("{\"text\": 1}", "'text' is a number, it must be a string")]
    [InlineData("{\"texts\": \"a\"}", "'texts' is a string, it must be an array of strings")]
    [InlineData("{\"words\": \"a b\"}", "'words' is a string, it must be an array of strings")]
    [InlineData("{\"words\": [\"a\", 1]}", "'words/1' is a number, it must be a string")]
    [InlineData("{\"texts\": []}", "'texts' is empty")]
    [InlineData("{\"texts\": [\"a\", 1]}", "'texts/1' is a number, it must be a string")]
    [InlineData("{\"texts\": [\"a\", \"b\", \"c\"]}", "more than 2 entries")]
    [InlineData("{\"text\": \"a\", \"texts\": [\"b\"]}", "more than one of 'text', 'texts' and 'words'")]
    [InlineData("{\"text\": \"a\", \"text\": \"b\"}", "more than one of 'text', 'texts' and 'words'")]
    [InlineData("{\"model\": 1, \"text\": \"a\"}", "'model' is a number, it must be the name of a model")]
    [InlineData("{\"model\": \"a\", \"model\": \"b\"}", "'model' more than once")]
    [InlineData("{\"tokens\": \"yes\", \"text\": \"a\"}", "'tokens' is a string, it must be true or false")]
    [InlineData("{\"tokens\": true, \"tokens\": true}", "'tokens' more than once")]
    [InlineData("{\"model\": \"a\"}", "neither 'text' nor 'texts'")]
    [InlineData("{\"inputs\": \"a\"}", "a property 'inputs', which is not known")]
    public void A_body_that_is_not_understood_is_refused_with_the_reason(string body, string reason)
    {
        Assert.Null(LabelRequest.Read(Encoding.UTF8.GetBytes(body), 2, out var problem));
        Assert.Contains(reason, problem);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused()
    {
        Assert.Null(LabelRequest.Read([(byte)'{', 0xFF, (byte)'}'], 2, out var problem));
        Assert.Equal("the body is not valid UTF-8", problem);
    }

    [Fact]
    public void The_reason_never_holds_the_text()
    {
        LabelRequest.Read("""{"text": ["secret words"]}"""u8, 2, out var problem);

        Assert.DoesNotContain("secret", problem);
    }
}
