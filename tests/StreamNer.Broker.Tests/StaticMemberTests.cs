using Confluent.Kafka;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>What becomes of an instance with a name (<c>Kafka:InstanceId</c>) that another member has.</summary>
public sealed class StaticMemberTests
{
    private const short Heartbeat = 12;
    private const short ConsumerGroupHeartbeat = 68;

    [Fact]
    public async Task An_instance_whose_name_another_one_has_taken_says_so_and_goes_on_without_a_name()
    {
        using var own = BrokerForTests.OfItsOwn();
        var mock = Mock.Of(own);
        var topics = own.NewTopics();
        using var writer = new TopicWriter(own.BootstrapServers, topics.Input);
        using var events = new TopicReader(own.BootstrapServers, topics.Output);
        await using var pipeline =
            await PipelineUnderTest.StartAsync(own, topics, settings: new() { ["StreamNer:Kafka:InstanceId"] = "ner-0" });

        mock.FailNext(Heartbeat, ErrorCode.FencedInstanceId);
        await Eventually.TrueAsync(() => pipeline.Status.Restarts >= 1, "a restart");
        Assert.Contains($"another instance is in group {topics.Group} under the name 'ner-0'", pipeline.Status.LastFailure,
            StringComparison.Ordinal);
        Assert.Contains("Kafka:InstanceId", pipeline.Status.LastFailure, StringComparison.Ordinal);

        writer.Write("1", "Ann");
        writer.Flush();
        Assert.Equal("1", events.Read(1)[0].Key);
        Assert.Equal(1, pipeline.Status.Restarts);
    }

    [Fact]
    public async Task A_name_that_a_killed_instance_still_holds_is_waited_for()
    {
        using var own = BrokerForTests.OfItsOwn();
        var mock = Mock.Of(own);
        var topics = own.NewTopics();
        using var writer = new TopicWriter(own.BootstrapServers, topics.Input);
        using var events = new TopicReader(own.BootstrapServers, topics.Output);
        mock.FailNext(ConsumerGroupHeartbeat, ErrorCode.UnreleasedInstanceId, ErrorCode.UnreleasedInstanceId);
        await using var pipeline = await PipelineUnderTest.StartAsync(
            own,
            topics,
            settings: new() { ["StreamNer:Kafka:InstanceId"] = "ner-0", ["StreamNer:Kafka:Consumer:group.protocol"] = "consumer" },
            join: false);

        writer.Write("1", "Ann");
        writer.Flush();
        Assert.Equal("1", events.Read(1)[0].Key);
        Assert.Contains($"the name 'ner-0' is still another member's in group {topics.Group}", pipeline.Status.LastFailure,
            StringComparison.Ordinal);
    }
}
