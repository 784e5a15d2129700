using System.Text;
using System.Text.Json;
using StreamNer.Host.Labelling;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;

namespace StreamNer.Host.Tests.Labelling;

public class LabelWriterTests
{
    private static readonly Document Sarah = new(new DocumentId("news.txt:1"), "Sarah lives");

    private static readonly DocumentOutcome.Labelled Labelled = new(
        [new Entity(new TextSpan(0, 5), "PER", 0.75f)],
        [new LabelledToken(new TextSpan(0, 5), "B-PER", 0.75f), new LabelledToken(new TextSpan(6, 11), "O", 0.5f)],
        Windows: 1,
        Truncated: false);

    [Fact]
    public void Conll_has_a_line_a_token_and_a_blank_line_behind_the_document()
    {
        var written = new StringWriter();

        new ConllWriter(written).Write(Sarah, Labelled);

        Assert.Equal("Sarah\tB-PER\nlives\tO\n\n", written.ToString());
    }

    [Fact]
    public void Conll_keeps_its_columns_when_a_token_holds_a_tab()
    {
        var written = new StringWriter();

        new ConllWriter(written).Write(new Document(Sarah.Id, "a\tb"), Labelled with { Tokens = [new LabelledToken(new TextSpan(0, 3), "O", 1f)] });

        Assert.Equal("a␉b\tO\n\n", written.ToString());
    }

    [Fact]
    public void Labels_are_one_line_a_document()
    {
        var written = new StringWriter();

        new LabelsWriter(written).Write(Sarah, Labelled);

        Assert.Equal("B-PER O\n", written.ToString());
    }

    [Fact]
    public void A_document_without_tokens_is_an_empty_line_of_labels()
    {
        var written = new StringWriter();

        new LabelsWriter(written).Write(Sarah, DocumentOutcome.Labelled.Nothing);

        Assert.Equal("\n", written.ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Json_is_the_body_of_the_output_event_on_one_line(bool tokens)
    {
        var written = new MemoryStream();

        using var writer = new JsonWriter(written, new ModelIdentity("en-ner-small", "3b4ae91a"), tokens);
        writer.Write(Sarah, Labelled);

        var lines = Encoding.UTF8.GetString(written.ToArray()).Split('\n');
        Assert.Equal(2, lines.Length);
        var body = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal("news.txt:1", body.GetProperty("document").GetString());
        Assert.Equal("Sarah", body.GetProperty("entities")[0].GetProperty("text").GetString());
        Assert.Equal(tokens, body.TryGetProperty("tokens", out _));
    }

    [Fact]
    public void Json_writes_no_control_character_as_it_is()
    {
        var written = new MemoryStream();

        using var writer = new JsonWriter(written, new ModelIdentity("m", "h"), tokens: false);
        writer.Write(new Document(Sarah.Id, "\u001b[2J\u009b"), Labelled with { Entities = [new Entity(new TextSpan(0, 5), "PER", 1f)] });

        Assert.DoesNotContain(Encoding.UTF8.GetString(written.ToArray()).TrimEnd('\n'), char.IsControl);
    }
}
