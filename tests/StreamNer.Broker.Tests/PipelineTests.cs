using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

public sealed class PipelineTests(BrokerForTests broker)
{
    [Fact]
    public async Task Text_on_a_topic_comes_out_as_an_event_with_its_key()
    {
        var topics = broker.NewTopics();
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        await using var pipeline = await PipelineUnderTest.StartAsync(broker, topics);

        writer.Write("key", "Ann lives in Rome");
        writer.Flush();
        var entityEvent = events.Read(1)[0];

        Assert.Equal("key", entityEvent.Key);
        Assert.Equal("Ann", entityEvent.Json.GetProperty("entities")[0].GetProperty("text").GetString());
        Assert.Equal($"{topics.Input}/0/0/0badcafe", entityEvent.Headers["ce_id"]);
        Assert.Equal("dev.streamner.entities.v1", entityEvent.Headers["ce_type"]);

        await pipeline.StopAsync();
        Assert.Equal(1, CommittedOffsets.Of(broker.BootstrapServers, topics));
    }
}
