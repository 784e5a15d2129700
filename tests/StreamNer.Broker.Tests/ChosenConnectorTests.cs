using StreamNer.Host.Configuration;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>What a build over Akka.Streams.Kafka says of itself, and what it refuses.</summary>
public sealed class ChosenConnectorTests(BrokerForTests broker)
{
    /// <summary>Says what is not guaranteed.</summary>
    private const int NotGuaranteed = 3401;

    [Fact]
    public async Task A_build_over_Akka_Streams_Kafka_says_once_what_it_does_not_guarantee()
    {
        SkipUnlessChosen();
        var topics = broker.NewTopics();
        await using var pipeline = await PipelineUnderTest.StartAsync(
            broker, topics, document => document.Text == "breaks" ? ScriptedRecogniser.Stops(document)
                : ScriptedRecogniser.FirstWordIsAPerson(document));
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        writer.Write("1", "breaks");
        writer.Flush();
        await Eventually.TrueAsync(() => pipeline.Status.Restarts >= 2, "a restart behind which the connector was made anew");

        Assert.Single(pipeline.Log.Events, NotGuaranteed);
    }

    [Theory]
    [InlineData("Kafka:Delivery=ExactlyOnce")]
    [InlineData("Reading:OnUnreadableBatch=Skip")]
    public async Task A_build_over_Akka_Streams_Kafka_refuses_what_it_can_not_do_as_configuration(string setting)
    {
        SkipUnlessChosen();
        var topics = broker.NewTopics();
        using var service = ServiceProcess.StartWith(broker, topics, "Kafka:Broker=External", setting);

        Assert.True(await service.ExitAsync(TimeSpan.FromSeconds(60)) == 2, service.Log);
        Assert.Contains($"StreamNer:{setting.Split('=')[0]} is {setting.Split('=')[1]}, but this build has the connector "
            + "Akka.Streams.Kafka", service.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_Akka_Streams_Kafka_nothing_behind_a_batch_that_can_not_be_read_is_read_or_committed()
    {
        SkipUnlessChosen();
        using var own = BrokerForTests.OfItsOwn();
        var topics = own.NewTopics();
        using var writer = new TopicWriter(own.BootstrapServers, topics.Input);
        using var events = new TopicReader(own.BootstrapServers, topics.Output);
        writer.Write("before", "Ann");
        writer.Flush();
        await RawProducer.WriteUnreadableAsync(own.BootstrapServers, topics.Input, partition: 0, records: 5);
        writer.Write("behind", "Ben");
        writer.Flush();
        await using var pipeline = await PipelineUnderTest.StartAsync(own, topics, join: false);

        await Eventually.TrueAsync(() => pipeline.Status.Restarts >= 3, "restarts", own.GroupSeconds);
        Assert.Contains($"{topics.Input}/0: the batch at offset 1 can't be read", pipeline.Status.LastFailure, StringComparison.Ordinal);
        await pipeline.StopAsync();

        Assert.True(CommittedOffset.Of(own.BootstrapServers, topics) is null or 1);
        Assert.DoesNotContain(events.ReadRest(), entityEvent => entityEvent.Key == "behind");
    }

    private static void SkipUnlessChosen() =>
        Assert.SkipWhen(ConnectorChoice.IsOwn, "needs a build with -p:KafkaConnector=AkkaStreamsKafka");
}
