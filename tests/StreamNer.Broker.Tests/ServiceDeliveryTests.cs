using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>
/// What a user is promised of delivery, with the whole service in processes of its own that are killed, stopped and joined by others.
/// </summary>
public sealed class ServiceDeliveryTests(BrokerForTests broker)
{
    private const int Partitions = 4;

    /// <summary>Enough that a service is in the middle of them when it is killed. More by <c>STREAMNER_TEST_DOCUMENTS</c>.</summary>
    private static readonly int Documents =
        int.TryParse(Environment.GetEnvironmentVariable("STREAMNER_TEST_DOCUMENTS"), CultureInfo.InvariantCulture, out var count)
            ? count : 4_000;

    /// <summary>Nodes that are killed one after the other. More by <c>STREAMNER_TEST_KILLS</c>.</summary>
    private static readonly int Kills =
        int.TryParse(Environment.GetEnvironmentVariable("STREAMNER_TEST_KILLS"), CultureInfo.InvariantCulture, out var count) ? count : 2;

    /// <summary>Of the group. The embedded broker holds the place of a dead member for long with <c>consumer</c>.</summary>
    public static TheoryData<string> Protocols => BrokerForTests.IsCluster ? ["classic", "consumer"] : ["classic"];

    private double Patience => broker.IsEmbedded ? 60 : 120;

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_service_that_is_killed_loses_nothing_and_its_duplicates_are_known_by_their_id(string protocol)
    {
        SkipWithoutSignals();
        var (topics, events) = Prepare();
        using var reader = events;
        using (var killed = ServiceProcess.Start(broker, topics, Consumer(protocol)))
        {
            Produce(topics);
            reader.Read(Documents / 4, seconds: Patience);
            await killed.KillAsync();
        }

        using var next = ServiceProcess.Start(broker, topics, Consumer(protocol));
        var all = ReadUntilEveryInputIsAnswered(topics, next);
        TestContext.Current.TestOutputHelper?.WriteLine($"{all.Count - Documents} duplicates of {Documents}");
        AssertTwinsHaveOneId(all);
        AssertOrderWithinPartitions(all);
    }

    /// <remarks>Without a name it waits for its own session, which is 8 s; with one it doesn't.</remarks>
    [Theory]
    [InlineData]
    [InlineData("group.instance.id=ner-0")]
    public async Task A_service_that_is_killed_and_started_again_goes_on_soon(params string[] consumer)
    {
        SkipWithoutSignals();
        Assert.SkipWhen(broker.IsEmbedded, "the embedded broker has a session timeout of its own");
        var (topics, events) = Prepare();
        using var reader = events;
        using (var killed = ServiceProcess.Start(broker, topics, consumer))
        {
            Produce(topics, 0, 100);
            reader.Read(100, seconds: Patience);
            await killed.KillAsync();
        }

        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        writer.Write("after", "Sarah met John Lenon in London.");
        writer.Flush();
        var begun = Stopwatch.GetTimestamp();
        using var next = ServiceProcess.Start(broker, topics, consumer);
        while (reader.Read(1, seconds: Patience)[0].Key != "after")
        {
            // What was not committed before the kill comes again first.
        }

        var took = Stopwatch.GetElapsedTime(begun);
        TestContext.Current.TestOutputHelper?.WriteLine($"went on after {took.TotalSeconds:F1} s, the start of the process included");
        Assert.True(took < TimeSpan.FromSeconds(20), $"{took}\n{next.Log}");
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_service_that_is_asked_to_stop_drains_commits_and_ends_with_0_without_a_duplicate(string protocol)
    {
        SkipWithoutSignals();
        var (topics, events) = Prepare();
        using var reader = events;
        using (var stopped = ServiceProcess.Start(broker, topics, Consumer(protocol)))
        {
            Produce(topics);
            reader.Read(Documents / 4, seconds: Patience);
            Assert.True(await stopped.TerminateAsync() == 0, stopped.Log);
        }

        using var next = ServiceProcess.Start(broker, topics, Consumer(protocol));
        var all = ReadUntilEveryInputIsAnswered(topics, next);
        Assert.Equal(0, await next.TerminateAsync());
        Assert.Equal(Documents, all.Count);
        AssertOrderWithinPartitions(all);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_second_service_may_join_and_leave_while_documents_flow(string protocol)
    {
        SkipWithoutSignals();
        var (topics, events) = Prepare();
        using var reader = events;
        using var first = ServiceProcess.Start(broker, topics, Consumer(protocol));
        Produce(topics, 0, Documents / 2);
        reader.Read(Documents / 4, seconds: Patience);
        using var second = ServiceProcess.Start(broker, topics, Consumer(protocol));
        await Eventually.TrueAsync(() => second.Log.Contains("2 partitions assigned, 2 in all", StringComparison.Ordinal),
            "the second service has its share", seconds: Patience);
        Produce(topics, Documents / 2, Documents);
        reader.Read(Documents / 2, seconds: Patience);
        Assert.Equal(0, await second.TerminateAsync());

        var all = ReadUntilEveryInputIsAnswered(topics, first);
        TestContext.Current.TestOutputHelper?.WriteLine($"{all.Count - Documents} duplicates of {Documents}");
        AssertTwinsHaveOneId(all);
        AssertOrderWithinPartitions(all);
    }

    [Fact]
    public async Task Nodes_with_devices_that_are_killed_while_documents_flow_lose_nothing_and_repeat_nothing()
    {
        SkipWithoutSignals();
        var (topics, events) = Prepare();
        using var reader = events;
        var seed = $"127.0.0.1:{FreePort()}";
        using var stream = StreamNode(topics, seed);
        var nodes = new Queue<ServiceProcess>([InferenceNode(topics, seed), InferenceNode(topics, seed)]);
        try
        {
            for (var kill = 0; kill < Kills; kill++)
            {
                Produce(topics, Documents * kill / Kills, Documents * (kill + 1) / Kills);
                reader.Read(Documents / Kills / 4, seconds: Patience);
                await nodes.Peek().KillAsync();
                nodes.Dequeue().Dispose();
                nodes.Enqueue(InferenceNode(topics, seed));
            }

            var all = ReadUntilEveryInputIsAnswered(topics, stream);
            Assert.Equal(Documents, all.Count);
            Assert.All(all, record => Assert.Contains(
                record.Json.GetProperty("entities").EnumerateArray(), entity => entity.GetProperty("text").GetString() == "London"));
            AssertOrderWithinPartitions(all);
        }
        finally
        {
            foreach (var node in nodes)
                node.Dispose();
        }
    }

    [Fact]
    public async Task A_node_with_devices_that_stands_still_for_a_while_holds_nothing_up_and_repeats_nothing()
    {
        SkipWithoutSignals();
        var (topics, events) = Prepare();
        using var reader = events;
        var seed = $"127.0.0.1:{FreePort()}";
        using var stream = StreamNode(topics, seed);
        using var first = InferenceNode(topics, seed);
        using var second = InferenceNode(topics, seed);
        await Eventually.TrueAsync(() => stream.Log.Split("lanes for model").Length == 3, "both nodes are known", seconds: Patience);
        Produce(topics);
        reader.Read(Documents / 4, seconds: Patience);
        first.StandStill();
        var all = ReadUntilEveryInputIsAnswered(topics, stream);
        first.GoOn();
        Assert.Equal(Documents, all.Count);
        AssertOrderWithinPartitions(all);
    }

    [Fact]
    public async Task Nodes_with_devices_join_the_node_that_reads_documents_again_after_it_was_stopped_and_started()
    {
        SkipWithoutSignals();
        var (topics, events) = Prepare();
        using var reader = events;
        var seed = $"127.0.0.1:{FreePort()}";
        using var inference = InferenceNode(topics, seed);
        using (var stopped = StreamNode(topics, seed))
        {
            Produce(topics, 0, Documents / 2);
            reader.Read(Documents / 4, seconds: Patience);
            Assert.True(await stopped.TerminateAsync() == 0, stopped.Log);
        }

        using var next = StreamNode(topics, seed);
        Produce(topics, Documents / 2, Documents);
        var all = ReadUntilEveryInputIsAnswered(topics, next);
        Assert.Equal(Documents, all.Count);
        AssertOrderWithinPartitions(all);
    }

    private ServiceProcess StreamNode(TestTopics topics, string seed) =>
        ServiceProcess.StartWith(broker, topics, "Cluster:Enabled=true", "Cluster:Roles:0=stream", $"Cluster:Port={seed.Split(':')[1]}");

    private ServiceProcess InferenceNode(TestTopics topics, string seed) =>
        ServiceProcess.StartWith(broker, topics, "Cluster:Enabled=true", "Cluster:Roles:0=inference", "Cluster:Port=0", $"Cluster:Seeds:0={seed}");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string[] Consumer(string protocol) => protocol == "consumer" ? ["group.protocol=consumer"] : [];

    private static void SkipWithoutSignals() =>
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGTERM is sent to the service, which Windows does not have");

    private (TestTopics Topics, TopicReader Events) Prepare()
    {
        var topics = new TestTopics(BrokerForTests.NewName("in"), BrokerForTests.NewName("out"), BrokerForTests.NewName("group"));
        foreach (var topic in (string[])[topics.Input, topics.Output, topics.DeadLetters])
            broker.CreateTopic(topic, Partitions);
        return (topics, new TopicReader(broker.BootstrapServers, topics.Output, Partitions));
    }

    private void Produce(TestTopics topics) => Produce(topics, 0, Documents);

    private void Produce(TestTopics topics, int from, int to)
    {
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        for (var i = from; i < to; i++)
            writer.Write($"key-{i % 97}", $"Message {i}: Sarah met John Lenon in London.", partition: i % 97 % Partitions);
        writer.Flush();
    }

    /// <summary>Reads the output from its start until every input has an event, and then what else there is.</summary>
    private List<TestRecord> ReadUntilEveryInputIsAnswered(TestTopics topics, ServiceProcess service)
    {
        using var reader = new TopicReader(broker.BootstrapServers, topics.Output, Partitions);
        List<TestRecord> all = [];
        HashSet<(int, long)> answered = [];
        while (answered.Count < Documents)
        {
            try
            {
                var record = reader.Read(1, seconds: Patience)[0];
                all.Add(record);
                answered.Add((record.SourcePartition, record.SourceOffset));
            }
            catch (TimeoutException)
            {
                Assert.Fail($"{answered.Count} of {Documents} inputs are answered, then nothing for {Patience} s\n{service.Log}");
            }
        }

        all.AddRange(reader.ReadRest());
        return all;
    }

    private static void AssertTwinsHaveOneId(IEnumerable<TestRecord> all)
    {
        foreach (var twins in all.GroupBy(record => (record.SourcePartition, record.SourceOffset)))
        {
            Assert.Single(twins.Select(record => record.Headers["ce_id"]).Distinct());
            Assert.Single(twins.Select(record => record.Json.GetProperty("entities").GetRawText()).Distinct());
        }
    }

    /// <summary>
    /// The first event of each input comes in the order of its partition; a key has one partition, so what a reader sees of it is in
    /// order.
    /// </summary>
    private static void AssertOrderWithinPartitions(IEnumerable<TestRecord> all)
    {
        Dictionary<string, long> last = [];
        HashSet<(int, long)> seen = [];
        foreach (var record in all.Where(record => seen.Add((record.SourcePartition, record.SourceOffset))))
        {
            if (last.TryGetValue(record.Key!, out var before))
                Assert.True(record.SourceOffset > before, $"{record.Key}: offset {record.SourceOffset} comes behind {before}");
            last[record.Key!] = record.SourceOffset;
        }
    }
}
