using System.Globalization;
using System.Net;
using System.Net.Sockets;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>What a user is promised of several nodes that share their devices, each in a process of its own.</summary>
public sealed class PoolDeliveryTests(BrokerForTests broker) : ServiceDelivery(broker)
{
    /// <summary>Nodes that are killed one after the other. More by <c>STREAMNER_TEST_KILLS</c>.</summary>
    private static readonly int Kills =
        int.TryParse(Environment.GetEnvironmentVariable("STREAMNER_TEST_KILLS"), CultureInfo.InvariantCulture, out var count) ? count : 2;

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
        Assert.Equal(Documents, ReadUntilEveryInputIsAnswered(topics, stream).Count);

        // What it has in its hands comes too late now.
        first.GoOn();
        using (var http = new HttpClient { BaseAddress = first.Address, Timeout = TimeSpan.FromSeconds(Patience) })
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/live", TestContext.Current.CancellationToken)).StatusCode);
        Produce(topics, Documents, Documents + 400);
        var all = ReadUntilEveryInputIsAnswered(topics, stream, Documents + 400);
        Assert.Equal(Documents + 400, all.Count);
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

    [Fact]
    public async Task Nodes_with_certificates_of_one_issuer_work_together_and_strangers_are_turned_away()
    {
        SkipWithoutSignals();
        var (topics, events) = Prepare();
        using var reader = events;
        using var certificates = new NodeCertificates();
        string[] own = [$"Cluster:Certificate:Path={certificates.Node}", $"Cluster:Certificate:Issuer={certificates.Issuer}"];
        string[] others = [$"Cluster:Certificate:Path={certificates.Stranger}"];
        var seed = $"127.0.0.1:{FreePort()}";
        using var stream = StreamNode(topics, seed, own);
        using (var distrustful = InferenceNode(topics, seed, others))
        {
            Assert.Equal(2, await distrustful.ExitAsync(TimeSpan.FromSeconds(Patience)));
            Assert.Contains("TLS handshake failed", distrustful.Log, StringComparison.Ordinal);
        }

        using var inTheClear = InferenceNode(topics, seed);
        using var node = InferenceNode(topics, seed, own);
        Produce(topics);
        Assert.Equal(Documents, ReadUntilEveryInputIsAnswered(topics, stream).Count);
        Assert.Single(stream.Log.Split("lanes for model")[1..]);
        Assert.DoesNotContain("lanes for model", inTheClear.Log, StringComparison.Ordinal);
    }

    private ServiceProcess StreamNode(TestTopics topics, string seed, params string[] settings) => ServiceProcess.StartWith(
        Broker, topics, ["Cluster:Enabled=true", "Cluster:Roles:0=stream", $"Cluster:Port={seed.Split(':')[1]}", .. settings]);

    private ServiceProcess InferenceNode(TestTopics topics, string seed, params string[] settings) => ServiceProcess.StartWith(
        Broker, topics, ["Cluster:Enabled=true", "Cluster:Roles:0=inference", "Cluster:Port=0", $"Cluster:Seeds:0={seed}", .. settings]);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
