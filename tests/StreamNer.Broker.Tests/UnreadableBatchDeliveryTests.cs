using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>Batches that can't be read, at a broker that hands them out as they are. A cluster would not take them.</summary>
public sealed class UnreadableBatchDeliveryTests : IDisposable
{
    private readonly BrokerForTests _broker = BrokerForTests.OfItsOwn();

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task A_batch_that_can_not_be_read_is_skipped_with_a_letter_that_names_its_offsets_when_the_settings_say_so()
    {
        OwnConnector.IsNeeded(OwnConnector.NoSeek);
        var topics = _broker.NewTopics();
        using var writer = new TopicWriter(_broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(_broker.BootstrapServers, topics.Output);
        using var letters = new TopicReader(_broker.BootstrapServers, topics.DeadLetters);
        Write(writer, "before");
        await RawProducer.WriteUnreadableAsync(_broker.BootstrapServers, topics.Input, partition: 0, records: 5);
        Write(writer, "between");
        await RawProducer.WriteUnreadableAsync(_broker.BootstrapServers, topics.Input, partition: 0, records: 1);
        await using var pipeline = await PipelineUnderTest.StartAsync(
            _broker, topics, settings: new() { ["StreamNer:Reading:OnUnreadableBatch"] = "Skip" });

        var read = letters.Read(2);
        Assert.Equal(["1-5", "7-7"], read.Select(letter =>
            $"{letter.Headers["__streams.errors.offset"]}-{letter.Headers["streamner.errors.last_offset"]}"));
        Assert.All(read, letter => Assert.Equal("batch_unreadable", letter.Headers["streamner.errors.code"]));
        Assert.All(read, letter => Assert.Null(letter.Value));
        Write(writer, "behind");
        Assert.Equal(["before", "between", "behind"], events.Read(3).Select(entityEvent => entityEvent.Key));

        await pipeline.StopAsync();
        Assert.Equal(9, CommittedOffset.Of(_broker.BootstrapServers, topics));
    }

    [Fact]
    public async Task At_a_batch_that_can_not_be_read_the_partition_stands_still_and_the_service_is_not_ready()
    {
        OwnConnector.IsNeeded(OwnConnector.NoSeek);
        var topics = _broker.NewTopics();
        using var writer = new TopicWriter(_broker.BootstrapServers, topics.Input);
        Write(writer, "before");
        await RawProducer.WriteUnreadableAsync(_broker.BootstrapServers, topics.Input, partition: 0, records: 5);
        Write(writer, "behind");
        await using var pipeline = await PipelineUnderTest.StartAsync(_broker, topics);

        await Eventually.TrueAsync(
            () => pipeline.Status.Partitions is [{ Unreadable: not null }], "told of the batch", _broker.GroupSeconds);
        Assert.False(pipeline.Status.Ready);

        await pipeline.StopAsync();
        Assert.Equal(1, CommittedOffset.Of(_broker.BootstrapServers, topics));
    }

    private static void Write(TopicWriter writer, string key)
    {
        writer.Write(key, "Ann lives in Rome");
        writer.Flush();
    }
}
