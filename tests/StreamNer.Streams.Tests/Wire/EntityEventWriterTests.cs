using System.Text;
using System.Text.Json;
using CsCheck;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Wire;

public sealed class EntityEventWriterTests
{
    private static readonly ModelIdentity Model = new("en-ner-small", "3f9a1c2e");

    [Fact]
    public void An_event_has_the_fields_of_the_contract_in_their_order()
    {
        var outcome = new DocumentOutcome.Labelled([new Entity(new(0, 10), "PER", 0.98712f)], [], Windows: 1, Truncated: false);

        var json = Write(new(new("news/0/42"), new("news", 0, 42), Model, "John Lenon was born", outcome));

        Assert.Equal(
            """{"document":"news/0/42","source":{"topic":"news","partition":0,"offset":42},"model":{"name":"en-ner-small","hash":"3f9a1c2e"},"offsetUnit":"utf16","textLength":19,"windows":1,"truncated":false,"entities":[{"start":0,"end":10,"text":"John Lenon","label":"PER","score":0.9871}]}""",
            json);
    }

    [Fact]
    public void Tokens_are_written_when_they_are_asked_for()
    {
        var outcome = new DocumentOutcome.Labelled([], [new LabelledToken(new(0, 4), "B-PER", 0.5f)], Windows: 1, Truncated: true);

        using var json = JsonDocument.Parse(Write(new(new("1"), null, Model, "John", outcome), tokens: true));

        Assert.Equal("B-PER", json.RootElement.GetProperty("tokens")[0].GetProperty("label").GetString());
        Assert.True(json.RootElement.GetProperty("truncated").GetBoolean());
    }

    [Fact]
    public void An_event_that_did_not_come_from_Kafka_has_no_source()
    {
        using var json = JsonDocument.Parse(Write(new(new("1"), null, Model, "", DocumentOutcome.Labelled.Nothing)));

        Assert.False(json.RootElement.TryGetProperty("source", out _));
    }

    // Not a theory: test data with half a pair does not survive the way to the test.
    [Fact]
    public void Half_of_a_surrogate_pair_becomes_the_replacement_character()
    {
        Assert.Equal("\ufffd", Written("\ud83d"));
        Assert.Equal("a\ufffdb", Written("a\udc00b"));
        Assert.Equal("\ud83d\ude00", Written("\ud83d\ude00"));
        Assert.Equal("e\u0301\u0000\"\\", Written("e\u0301\u0000\"\\"));

        static string? Written(string text)
        {
            var outcome = new DocumentOutcome.Labelled([new Entity(new(0, text.Length), "X", 1f)], [], 1, false);
            using var json = JsonDocument.Parse(Write(new(new("1"), null, Model, text, outcome)));
            return json.RootElement.GetProperty("entities")[0].GetProperty("text").GetString();
        }
    }

    [Fact]
    public void Any_text_gives_valid_JSON_with_the_same_number_of_code_units() =>
        Gen.Char[(char)0, (char)0xFFFF].Array[0, 40].Sample(chars =>
        {
            var text = new string(chars);
            var outcome = new DocumentOutcome.Labelled([new Entity(new(0, text.Length), "X", 1f)], [], 1, false);
            using var json = JsonDocument.Parse(Write(new(new("1"), null, Model, text, outcome)));
            Assert.Equal(text.Length, json.RootElement.GetProperty("entities")[0].GetProperty("text").GetString()!.Length);
        });

    [Fact]
    public void A_writer_keeps_nothing_of_the_event_before()
    {
        using var writer = new EntityEventWriter(tokens: false);
        var big = writer.Write(new(new("big"), null, Model, new string('x', 3_000_000), new DocumentOutcome.Labelled([new Entity(new(0, 3_000_000), "X", 1f)], [], 1, false)));
        var small = writer.Write(new(new("small"), null, Model, "", DocumentOutcome.Labelled.Nothing));

        Assert.True(big.Length > 3_000_000);
        Assert.StartsWith("""{"document":"small",""", Encoding.UTF8.GetString(small), StringComparison.Ordinal);
    }

    private static string Write(EntityEvent entityEvent, bool tokens = false)
    {
        using var writer = new EntityEventWriter(tokens);
        return Encoding.UTF8.GetString(writer.Write(entityEvent));
    }
}
