using Confluent.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>What happens when the service is asked to stop, as by SIGTERM.</summary>
public sealed class ShutdownTests(BrokerForTests broker)
{
    [Fact]
    public async Task Drains_at_shutdown_and_the_next_instance_repeats_nothing()
    {
        const int records = 20_000;
        var topics = broker.NewTopics(partitions: 4);
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        for (var i = 0; i < records; i++)
            writer.Write($"{i}", $"Ann {i}", i % 4);
        writer.Flush();

        // Stopped in the middle of things, several times.
        var published = 0L;
        for (var run = 0; run < 3; run++)
        {
            await using var pipeline = await PipelineUnderTest.StartAsync(
                broker,
                topics,
                settings: new() { ["StreamNer:Pipeline:MaxBatchRecords"] = "20", ["StreamNer:Pipeline:MaxDocumentsInFlight"] = "100" });
            await Eventually.TrueAsync(() => pipeline.Status.Published > 1000, "some records published");
            await pipeline.StopAsync();
            published += pipeline.Status.Published;
        }

        Assert.InRange(published, 3000, records - 1);
        await using var last = await PipelineUnderTest.StartAsync(broker, topics);
        var read = events.Read(records);
        Assert.Empty(events.ReadRest());
        Assert.Equal(records, read.Select(entityEvent => entityEvent.Headers["ce_id"]).Distinct().Count());
    }

    [Fact]
    public async Task A_document_under_way_is_finished_and_committed_before_the_service_stops()
    {
        var topics = broker.NewTopics();
        var gate = new RecogniserGate();
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        await using var pipeline = await PipelineUnderTest.StartAsync(broker, topics, gate: gate);
        writer.Write(null, "Ann");
        writer.Flush();
        await Eventually.TrueAsync(() => gate.HeldDocuments == 1, "the document under way");

        var stopping = pipeline.StopAsync();
        await Eventually.TrueAsync(() => pipeline.Status.State == PipelineState.Draining, "draining");
        Assert.False(stopping.IsCompleted);
        gate.Open();
        await stopping;

        Assert.Single(events.Read(1));
        Assert.Equal(1, CommittedOffset.Of(broker.BootstrapServers, topics));
    }

    [Fact]
    public async Task Offsets_that_are_refused_while_the_group_rebalances_are_committed_before_the_service_leaves()
    {
        using var own = BrokerForTests.OfItsOwn();
        var mock = Mock.Of(own);
        var topics = own.NewTopics();
        using var writer = new TopicWriter(own.BootstrapServers, topics.Input);
        await using var pipeline = await PipelineUnderTest.StartAsync(
            own, topics, settings: new() { ["StreamNer:Kafka:Consumer:auto.commit.interval.ms"] = "3600000" });
        writer.Write(null, "Ann");
        writer.Flush();
        await Eventually.TrueAsync(() => pipeline.Status.Published == 1, "the document published");

        // More refusals than the client alone would try: the drain, the partition given back, the client's own commit for it.
        mock.FailNext(Mock.OffsetCommit, [.. Enumerable.Repeat(ErrorCode.RebalanceInProgress, 8)]);
        await pipeline.StopAsync();

        Assert.Equal(1, CommittedOffset.Of(own.BootstrapServers, topics));
    }

    [Fact]
    public async Task A_drain_that_takes_too_long_is_given_up_and_nothing_of_it_is_committed()
    {
        var topics = broker.NewTopics();
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        await using var pipeline = await PipelineUnderTest.StartAsync(
            broker, topics, gate: new RecogniserGate(), settings: new() { ["StreamNer:Pipeline:DrainTimeout"] = "00:00:00.300" });
        writer.Write(null, "Ann");
        writer.Flush();
        await Eventually.TrueAsync(() => pipeline.Status.InFlight == 1, "the document under way");

        await pipeline.StopAsync();

        Assert.Null(CommittedOffset.Of(broker.BootstrapServers, topics));
        Assert.Empty(pipeline.Log.Errors);
    }
}
