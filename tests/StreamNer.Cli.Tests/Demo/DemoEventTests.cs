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

        var demoEvent = DemoEvent.Of(new TopicEntry("entities", 0, 0, "7"u8.ToArray(), [.. value], []), "entities", at: 0);

        Assert.Equal("😀 [Zoë PER] wohnt in [Köln LOC]", DemoLines.Line(demoEvent, Text));
        Assert.Equal(7, demoEvent.Number);
    }
}
