using System.Text;
using System.Text.Json;
using CsCheck;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Wire;

public sealed class EntityEventWriterTests
{
    private static readonly ModelIdentity Model = new("en-ner-small", "3f9a1c2e");
    private static readonly IEnumerable<string?> Propn = ["PROPN"];

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
        var big =
            writer.Write(new(new("big"), null, Model, new string('x', 3_000_000),
                new DocumentOutcome.Labelled([new Entity(new(0, 3_000_000), "X", 1f)], [], 1, false)));
        var small = writer.Write(new(new("small"), null, Model, "", DocumentOutcome.Labelled.Nothing));

        Assert.True(big.Length > 3_000_000);
        Assert.StartsWith("""{"document":"small",""", Encoding.UTF8.GetString(small), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_models_each_entity_and_token_names_its_own()
    {
        var identity = ModelIdentity.Combine([Model, new("en-pos-small", "aa00bb11")], null, several: true);
        var outcome = new DocumentOutcome.Labelled(
            [new Entity(new(0, 4), "PER", 0.5f) { Source = EntitySource.OfModel("en-ner-small") }],
            [new LabelledToken(new(0, 4), "B-PER", 0.5f), new LabelledToken(new(0, 4), "PROPN", 0.5f)],
            Windows: 2,
            Truncated: false)
        { Models = [new("en-ner-small", 1, IsTagger: false), new("en-pos-small", 1, IsTagger: true)] };

        var json = Write(new(new("1"), null, identity, "John", outcome), tokens: true);

        Assert.Equal(
            $$"""{"document":"1","model":{"name":"en-ner-small+en-pos-small","hash":"{{identity.Hash}}"},"models":[{"name":"en-ner-small","hash":"3f9a1c2e"},{"name":"en-pos-small","hash":"aa00bb11"}],"offsetUnit":"utf16","textLength":4,"windows":2,"truncated":false,"entities":[{"start":0,"end":4,"text":"John","label":"PER","score":0.5,"model":"en-ner-small"}],"tokens":[{"start":0,"end":4,"text":"John","label":"B-PER","score":0.5,"model":"en-ner-small"},{"start":0,"end":4,"text":"John","label":"PROPN","score":0.5,"model":"en-pos-small"}]}""",
            json);
    }

    [Fact]
    public void With_rules_each_entity_says_whether_it_is_one()
    {
        var identity = ModelIdentity.Combine([Model], new("rules.jsonl", "00112233"), several: false);
        var outcome = new DocumentOutcome.Labelled(
            [
                new Entity(new(0, 4), "PER", 0.5f) { Source = EntitySource.OfModel("en-ner-small") },
                new Entity(new(5, 9), "ORG", 1) { Source = EntitySource.OfRule("acme") },
                new Entity(new(5, 9), "ORG", 1) { Source = EntitySource.OfRule(null) },
            ],
            [], Windows: 1, Truncated: false);

        using var json = JsonDocument.Parse(Write(new(new("1"), null, identity, "John Acme", outcome)));

        Assert.Equal("rules.jsonl", json.RootElement.GetProperty("rules").GetProperty("name").GetString());
        Assert.Equal(
            [("model", null), ("rules", "acme"), ("rules", null)],
            json.RootElement.GetProperty("entities").EnumerateArray().Select(entity =>
                (entity.GetProperty("source").GetString(), entity.TryGetProperty("id", out var id) ? id.GetString() : null)));
        Assert.All(json.RootElement.GetProperty("entities").EnumerateArray(), entity =>
            Assert.False(entity.TryGetProperty("model", out _)));
    }

    [Fact]
    public void The_tokens_of_a_tagger_are_written_also_when_nobody_asks_for_tokens()
    {
        var tagged = new DocumentOutcome.Labelled([], [new LabelledToken(new(0, 4), "PROPN", 0.5f)], Windows: 1,
            Truncated: false)
        { IsTagger = true };
        Assert.Equal(Propn, Tokens(Model, tagged));

        var both = tagged with
        {
            IsTagger = false,
            Tokens = [new LabelledToken(new(0, 4), "B-PER", 0.5f), .. tagged.Tokens],
            Models = [new("en-ner-small", 1, IsTagger: false), new("en-pos-small", 1, IsTagger: true)],
        };
        Assert.Equal(Propn, Tokens(ModelIdentity.Combine([Model, new("en-pos-small", "aa00bb11")], null, several: true), both));

        static IEnumerable<string?> Tokens(ModelIdentity identity, DocumentOutcome.Labelled outcome)
        {
            using var json = JsonDocument.Parse(Write(new(new("1"), null, identity, "John", outcome)));
            return json.RootElement.GetProperty("tokens").EnumerateArray()
                .Select(token => token.GetProperty("label").GetString()).ToArray();
        }
    }

    [Fact]
    public void An_event_costs_its_own_bytes_and_nothing_for_each_entity()
    {
        var identity = ModelIdentity.Combine([Model, new("en-pos-small", "aa00bb11")], new("rules.jsonl", "00112233"), several: true);
        var (model, rule) = (EntitySource.OfModel("en-ner-small"), EntitySource.OfRule("acme"));
        var outcome =
            new DocumentOutcome.Labelled([.. Enumerable.Range(0, 1000)
                .Select(i => new Entity(new(i, i + 4), "PER", 0.5f) { Source = i % 2 == 0 ? model : rule })], [], 1, false);
        var entityEvent = new EntityEvent(new("1"), null, identity, new string('x', 2000), outcome);
        using var writer = new EntityEventWriter(tokens: false);
        writer.Write(entityEvent);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var bytes = writer.Write(entityEvent);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, bytes.Length, bytes.Length + 200);
    }

    private static string Write(EntityEvent entityEvent, bool tokens = false)
    {
        using var writer = new EntityEventWriter(tokens);
        return Encoding.UTF8.GetString(writer.Write(entityEvent));
    }
}
