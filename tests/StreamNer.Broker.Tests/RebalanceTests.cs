using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>What happens when a second instance comes and goes while documents flow.</summary>
public sealed class RebalanceTests(BrokerForTests broker)
{
    public static TheoryData<string, string> Protocols => new()
    {
        { "group.protocol", "consumer" },
        { "partition.assignment.strategy", "cooperative-sticky" },
    };

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task Drains_during_a_rebalance_and_every_document_comes_out_once_and_in_order(string key, string value)
    {
        const int partitions = 4;
        var topics = broker.NewTopics(partitions);
        var settings = new Dictionary<string, string?> { [$"StreamNer:Kafka:Consumer:{key}"] = value, ["StreamNer:Pipeline:MaxBatchRecords"] = "20" };
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        await using var first = await PipelineUnderTest.StartAsync(broker, topics, settings: settings);
        await Eventually.TrueAsync(() => first.Status.Partitions.Count == partitions, "the first has all");

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

        await using (var second = await PipelineUnderTest.StartAsync(broker, topics, settings: settings))
        {
            await Eventually.TrueAsync(() => first.Status.Partitions.Count == 2 && second.Status.Partitions.Count == 2, "both have half");
            var published = second.Status.Published;
            await Eventually.TrueAsync(() => second.Status.Published > published + 100, "the second works");
        }

        await Eventually.TrueAsync(() => first.Status.Partitions.Count == partitions, "the first has all again");
        await stop.CancelAsync();
        await writing;

        var read = events.Read(written);
        Assert.Empty(events.ReadRest());
        foreach (var partition in read.GroupBy(entityEvent => entityEvent.SourcePartition))
            Assert.Equal(Enumerable.Range(0, partition.Count()).Select(i => (long)i), partition.Select(entityEvent => entityEvent.SourceOffset));
    }

    [Fact]
    public async Task A_revoked_partition_is_given_away_only_when_its_document_is_finished()
    {
        var topics = broker.NewTopics(partitions: 2);
        var gate = new RecogniserGate();
        var settings = new Dictionary<string, string?> { ["StreamNer:Kafka:Consumer:group.protocol"] = "consumer", ["StreamNer:Pipeline:RevokeTimeout"] = "00:00:20" };
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        await using var first = await PipelineUnderTest.StartAsync(broker, topics, gate: gate, settings: settings);
        await Eventually.TrueAsync(() => first.Status.Partitions.Count == 2, "the first has all");
        writer.Write(null, "Ann", partition: 0);
        writer.Write(null, "Ben", partition: 1);
        writer.Flush();
        await Eventually.TrueAsync(() => gate.HeldDocuments == 2, "both documents under way");

        await using var second = await PipelineUnderTest.StartAsync(broker, topics, settings: settings, join: false);
        await Eventually.TrueAsync(() => first.Status.Partitions.Count == 1, "one partition asked back");
        Assert.Empty(second.Status.Partitions);
        gate.Open();
        await Eventually.TrueAsync(() => second.Status.Partitions.Count == 1, "one partition given away");

        Assert.Equal(["Ann", "Ben"], events.Read(2).Select(entityEvent => entityEvent.Json.GetProperty("entities")[0].GetProperty("text").GetString()).Order());
        Assert.Empty(events.ReadRest());
        Assert.Equal(0, second.Status.Consumed);
    }
}
