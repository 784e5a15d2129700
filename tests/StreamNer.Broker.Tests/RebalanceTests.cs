using Confluent.Kafka;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>What happens when a second instance comes and goes while documents flow.</summary>
public sealed class RebalanceTests(BrokerForTests broker)
{
    /// <summary>Half of the time that a member at the embedded broker has for what it gives back.</summary>
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(1);

    public static TheoryData<string, string, bool> Protocols
    {
        get
        {
            var everywhere = new TheoryData<string, string, bool>
            {
                { "group.protocol", "consumer", false },
                { "partition.assignment.strategy", "cooperative-sticky", true },
            };
            return BrokerForTests.IsCluster
                ? [.. everywhere, ("partition.assignment.strategy", "cooperative-sticky", false),
                    ("partition.assignment.strategy", "range", false)]
                : everywhere;
        }
    }

    /// <remarks>
    /// With the classic protocol the embedded broker can refuse the offsets of an orderly member, as no real one does. It calls the
    /// group whole as soon as its leader has spoken; a member that speaks later must join again, and until it has, no offset is
    /// taken. A leader that gives partitions back stands in just that moment. So here it isn't the leader that does: of members with
    /// names the first by name leads. On a cluster members without names are tried as well.
    /// </remarks>
    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Drains_during_a_rebalance_and_every_document_comes_out_once_and_in_order(string key, string value, bool named)
    {
        OwnConnector.IsNeeded(OwnConnector.NoRevokeGate);
        const int partitions = 4;
        var topics = broker.NewTopics(partitions);
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        await using var first = await PipelineUnderTest.StartAsync(broker, topics, settings: Settings("b"));
        await Eventually.TrueAsync(() => first.Status.Partitions.Count == partitions, "the first has all", broker.GroupSeconds);

        using var stalls = new StallMeter();
        using var stop = new CancellationTokenSource();
        var written = 0;
        var writing = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    for (var i = 0; i < 40; i++, written++)
                        writer.Write($"{written}", $"Ann {written}", written % partitions);
                    writer.Flush();
                    await Task.Delay(10, CancellationToken.None);
                }
            },
            TestContext.Current.CancellationToken);

        var second = await PipelineUnderTest.StartAsync(broker, topics, settings: Settings("a"));
        await using (second)
        {
            await Eventually.TrueAsync(() => first.Status.Partitions.Count == 2
                && second.Status.Partitions.Count == 2, "both have half", broker.GroupSeconds);
            var published = second.Status.Published;
            await Eventually.TrueAsync(() => second.Status.Published > published + 100, "the second works");
        }

        await Eventually.TrueAsync(() => first.Status.Partitions.Count == partitions, "the first has all again", broker.GroupSeconds);
        await stop.CancelAsync();
        await writing;
        await Eventually.TrueAsync(() =>
            first.Status.Partitions.All(partition => partition.Committable == written / partitions), "everything finished");

        // A machine that stands still for seconds may cost a member its time or its place, and documents their uniqueness: it says so.
        var told = first.Log.Events.Concat(second.Log.Events).ToArray();
        var orderly = !told.Contains(PipelineLog.RevokedBusy) && !told.Contains(PipelineLog.Lost);
        Assert.True(orderly || stalls.Longest >= Stall, $"out of time or lost, and this process stood still for {stalls.Longest} at most");
        Assert.Null(first.Status.LastFailure);
        Assert.Null(second.Status.LastFailure);
        Assert.DoesNotContain(PipelineLog.NotCommitted, orderly ? told : []);

        var read = events.Read(written);
        var more = events.ReadRest();
        if (orderly)
            Assert.Empty(more);
        foreach (var partition in read.Concat(more).GroupBy(entityEvent => entityEvent.SourcePartition))
        {
            var offsets = partition.Select(entityEvent => entityEvent.SourceOffset);
            Assert.Equal(Enumerable.Range(0, written / partitions).Select(i => (long)i), orderly ? offsets : offsets.Distinct());
        }

        Dictionary<string, string?> Settings(string name)
        {
            var settings = new Dictionary<string, string?>
            {
                [$"StreamNer:Kafka:Consumer:{key}"] = value,
                ["StreamNer:Pipeline:MaxBatchRecords"] = "20"
            };
            if (named)
                settings["StreamNer:Kafka:Consumer:group.instance.id"] = name;
            return settings;
        }
    }

    [Fact]
    public async Task Offsets_that_the_broker_refuses_at_a_rebalance_cost_a_warning_and_a_repetition_but_no_document()
    {
        OwnConnector.IsNeeded(OwnConnector.NoRevokeGate);
        using var own = BrokerForTests.OfItsOwn();
        var mock = Mock.Of(own);
        var topics = own.NewTopics(partitions: 2);
        var settings = new Dictionary<string, string?>
        {
            ["StreamNer:Kafka:Consumer:group.protocol"] = "consumer",
            ["StreamNer:Kafka:Consumer:auto.commit.interval.ms"] = "3600000",
        };
        using var writer = new TopicWriter(own.BootstrapServers, topics.Input);
        using var events = new TopicReader(own.BootstrapServers, topics.Output);
        await using var first = await PipelineUnderTest.StartAsync(own, topics, settings: settings);
        await Eventually.TrueAsync(() => first.Status.Partitions.Count == 2, "the first has all");
        writer.Write(null, "Ann", partition: 0);
        writer.Write(null, "Ben", partition: 1);
        writer.Flush();
        var once = events.Read(2);

        // The commit at the rebalance, and the one that the client sends by itself when a partition goes.
        mock.FailNext(Mock.OffsetCommit, ErrorCode.RebalanceInProgress, ErrorCode.RebalanceInProgress);
        await using var second = await PipelineUnderTest.StartAsync(own, topics, settings: settings, join: false);

        var again = events.Read(1)[0];
        Assert.Contains(again.Headers["ce_id"], once.Select(entityEvent => entityEvent.Headers["ce_id"]));
        Assert.Empty(events.ReadRest());
        Assert.Contains(PipelineLog.NotCommitted, first.Log.Events);
        Assert.DoesNotContain(PipelineLog.Revoked, first.Log.Events);
    }

    [Fact]
    public async Task A_revoked_partition_is_given_away_only_when_its_document_is_finished()
    {
        OwnConnector.IsNeeded(OwnConnector.NoRevokeGate);
        var topics = broker.NewTopics(partitions: 2);
        var gate = new RecogniserGate();
        var settings = new Dictionary<string, string?>
        {
            ["StreamNer:Kafka:Consumer:group.protocol"] = "consumer",
            ["StreamNer:Pipeline:RevokeTimeout"] = "00:00:20"
        };
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        await using var first = await PipelineUnderTest.StartAsync(broker, topics, gate: gate, settings: settings);
        await Eventually.TrueAsync(() => first.Status.Partitions.Count == 2, "the first has all");
        writer.Write(null, "Ann", partition: 0);
        writer.Write(null, "Ben", partition: 1);
        writer.Flush();
        await Eventually.TrueAsync(() => gate.HeldDocuments == 2, "both documents under way");

        await using var second = await PipelineUnderTest.StartAsync(broker, topics, settings: settings, join: false);
        await Eventually.TrueAsync(() => first.Status.Partitions.Count == 1, "one partition asked back", broker.GroupSeconds);
        Assert.Empty(second.Status.Partitions);
        gate.Open();
        await Eventually.TrueAsync(() => second.Status.Partitions.Count == 1, "one partition given away", broker.GroupSeconds);

        Assert.Equal(["Ann", "Ben"], events.Read(2)
            .Select(entityEvent => entityEvent.Json.GetProperty("entities")[0].GetProperty("text").GetString()).Order());
        Assert.Empty(events.ReadRest());
        Assert.Equal(0, second.Status.Consumed);
    }
}
