using System.Text;
using StreamNer.Cli.Demo;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Cli.Tests.Demo;

public class DemoEventTests
{
    [Theory]
    [InlineData("utf16")]
    [InlineData("codepoint")]
    [InlineData("utf8")]
    public void Entities_stand_where_they_are_in_the_text_whatever_the_events_count(string unit)
    {
        const string Text = "😀 Zoë wohnt in Köln";
        var outcome = new DocumentOutcome.Labelled(
            [new Entity(new TextSpan(3, 6), "PER", 1f), new Entity(new TextSpan(16, 20), "LOC", 1f)], [], 1, false);
        using var writer = new EntityEventWriter(tokens: false, OffsetUnits.Parse(unit)!.Value);
        var value = writer.Write(new EntityEvent(new("1"), null, new ModelIdentity("m", "h"), Text, outcome));

        var demoEvent = DemoEvent.Of(new TopicEntry("entities", 0, 0, "7"u8.ToArray(), [.. value], []), "entities", at: 0)!;

        Assert.Equal("😀 [Zoë PER] wohnt in [Köln LOC]", DemoLines.Line(demoEvent, Text));
        Assert.Equal(7, demoEvent.Number);
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"entities":[1]}""")]
    [InlineData("""{"document":"1","offsetUnit":"utf16","entities":[{"text":"\ud800","label":"x","score":1,"start":0,"end":1}]}""")]
    [InlineData("""{"document":"1","offsetUnit":"utf16","entities":[{"text":"a","label":"x","score":1,"start":0,"end":1.5}]}""")]
    [InlineData("""{"document":"1","offsetUnit":"utf16","entities":[{"text":"a","label":"x","score":1,"start":9,"end":1}]}""")]
    public void What_others_write_and_is_no_event_is_none(string value) =>
        Assert.Null(DemoEvent.Of(new TopicEntry("entities", 0, 0, "7"u8.ToArray(), Encoding.UTF8.GetBytes(value), []), "entities", at: 0));
}
