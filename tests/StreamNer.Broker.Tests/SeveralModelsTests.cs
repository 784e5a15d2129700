using StreamNer.Inference.Models;
using StreamNer.Streams.Wire;
using StreamNer.TestSupport.Actors;
using StreamNer.TestSupport.Inference;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>Two models over one stream: the default one and a scripted tagger whose lanes can be broken.</summary>
public sealed class SeveralModelsTests(BrokerForTests broker)
{
    private const int Documents = 300;

    private static readonly ModelIdentity Both =
        ModelIdentity.Combine([new("en-ner-small", "3b4ae91a"), new("capitals", "0badcafe")], null, several: true);

    [Fact]
    public async Task An_event_holds_what_both_say_and_nothing_is_lost_or_repeated_when_a_lane_of_one_dies()
    {
        var topics = broker.NewTopics(partitions: 2);
        var (runs, losses) = (0, 0);
        var models = TestSetup.RealAndScripted((lane, start) => new ScriptedClassifier(2, id => char.IsAsciiLetterUpper((char)id) ? 1 : 0)
        {
            // One of the two lanes dies in the middle of things, twice, with a batch in its hands.
            BeforeRun = _ =>
            {
                if (lane.Lane == 0 && start <= 2 && Interlocked.Increment(ref runs) % 3 == 0)
                {
                    Interlocked.Increment(ref losses);
                    throw new InferenceException("device lost", isTransient: false);
                }
            },
        });
        await using var pipeline = await PipelineUnderTest.StartAsync(broker, topics, models: models, identity: Both);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        for (var i = 0; i < Documents; i++)
            writer.Write($"{i}", $"Sarah lives in London, number {i}", partition: i % 2);
        writer.Flush();

        var all = events.Read(Documents, seconds: 60);
        await pipeline.StopAsync();

        Assert.True(losses > 0, "no lane died, so nothing was shown");
        Assert.Empty(events.ReadRest());
        Assert.Equal(Documents, all.Select(record => record.Key).Distinct().Count());
        Assert.All(all.GroupBy(record => record.SourcePartition), partition =>
            Assert.Equal(partition.Select(record => record.SourceOffset).Order(), partition.Select(record => record.SourceOffset)));
        Assert.All(all, record =>
        {
            Assert.Contains(record.Json.GetProperty("entities").EnumerateArray(), entity =>
                (entity.GetProperty("text").GetString(), entity.GetProperty("label").GetString(), entity.GetProperty("model")
                    .GetString()) == ("London", "LOC", "en-ner-small"));
            Assert.Equal(
                ["Sarah", "London,"],
                record.Json.GetProperty("tokens").EnumerateArray()
                    .Where(token => token.GetProperty("label").GetString() == "CAPITAL"
                        && token.GetProperty("model").GetString() == "capitals")
                    .Select(token => token.GetProperty("text").GetString()));
            Assert.EndsWith("/" + Both.Hash, record.Headers["ce_id"], StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_document_that_one_model_can_not_take_is_a_dead_letter_that_names_it()
    {
        var topics = broker.NewTopics();
        var models = TestSetup.RealAndScripted((_, _) => new ScriptedClassifier(2, _ => 0)
        {
            BeforeRun = batch =>
            {
                if (batch.Windows.Any(window => window.Owner.Document.Text.Contains("Poison", StringComparison.Ordinal)))
                    throw new InferenceException("an index is out of range", isTransient: true);
            },
        });
        await using var pipeline = await PipelineUnderTest.StartAsync(broker, topics, models: models, identity: Both);
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        writer.Write("good", "Sarah lives in London");
        writer.Write("bad", "Poison in London");
        writer.Write("next", "Sarah lives in Paris");
        writer.Flush();

        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        using var letters = new TopicReader(broker.BootstrapServers, topics.DeadLetters);
        Assert.Equal(["good", "next"], events.Read(2, seconds: 60).Select(record => record.Key));
        var letter = Assert.Single(letters.Read(1));
        Assert.Equal(("bad", "infer", "inference_failed"),
            (letter.Key, letter.Headers["streamner.errors.stage"], letter.Headers["streamner.errors.code"]));
        Assert.StartsWith("model capitals: ", letter.Headers["__streams.errors.message"], StringComparison.Ordinal);
    }
}
