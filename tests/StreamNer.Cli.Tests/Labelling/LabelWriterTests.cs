using System.Text;
using System.Text.Json;
using StreamNer.Cli.Labelling;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;
using StreamNer.Tools.Labelling;

namespace StreamNer.Cli.Tests.Labelling;

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

        new ConllWriter(written, rules: false).Write(Sarah, Labelled);

        Assert.Equal("Sarah\tB-PER\nlives\tO\n\n", written.ToString());
    }

    [Fact]
    public void Conll_keeps_its_columns_when_a_token_holds_a_tab()
    {
        var written = new StringWriter();

        new ConllWriter(written, rules: false)
            .Write(new Document(Sarah.Id, "a\tb"), Labelled with { Tokens = [new LabelledToken(new TextSpan(0, 3), "O", 1f)] });

        Assert.Equal("a␉b\tO\n\n", written.ToString());
    }

    [Fact]
    public void Conll_has_a_column_for_each_model_and_cuts_where_any_of_them_cuts()
    {
        // The first model has 'New York' as one word, the second 'New' and 'York!', the first knows the mark alone.
        var text = new Document(Sarah.Id, "New York! x");
        LabelledToken[] first = [new(new(0, 8), "B-LOC", 1), new(new(8, 9), "O", 1)];
        LabelledToken[] second = [new(new(0, 3), "ADJ", 1), new(new(4, 9), "NOUN", 1), new(new(10, 11), "X", 1)];
        var outcome =
            new DocumentOutcome.Labelled([], [.. first, .. second], 2, false) { Models = [new("a", 2, false), new("b", 3, true)] };
        var written = new StringWriter();

        new ConllWriter(written, rules: false).Write(text, outcome);

        Assert.Equal("New\tB-LOC\tADJ\n \tI-LOC\t_\nYork\tI-LOC\tNOUN\n!\tO\tNOUN\nx\t_\tX\n\n", written.ToString());
    }

    [Fact]
    public void Conll_has_a_column_for_the_rules()
    {
        var written = new StringWriter();
        var outcome =
            Labelled with { Entities = [.. Labelled.Entities, new Entity(new(0, 11), "EVENT", 1) { Source = EntitySource.OfRule(null) }] };

        new ConllWriter(written, rules: true).Write(Sarah, outcome);

        Assert.Equal("Sarah\tB-PER\tB-EVENT\nlives\tO\tI-EVENT\n\n", written.ToString());
    }

    [Fact]
    public void Labels_of_several_models_have_a_tab_between()
    {
        var written = new StringWriter();

        new LabelsWriter(written)
            .Write(Sarah, Labelled with
            {
                Tokens = [.. Labelled.Tokens, new LabelledToken(new(0, 5), "PROPN", 1f)],
                Models = [new("a", 2, false), new("b", 1, true)]
            });

        Assert.Equal("B-PER O\tPROPN\n", written.ToString());
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
