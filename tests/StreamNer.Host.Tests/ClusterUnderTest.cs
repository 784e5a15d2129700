using Akka.Actor;
using Akka.Cluster;
using Microsoft.Extensions.DependencyInjection;
using StreamNer.Actors.Pool;
using StreamNer.Embedded;
using StreamNer.Host.Configuration;
using StreamNer.Host.Health;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Host.Tests;

/// <summary>
/// Three services in this process that are nodes of a cluster: one reads, one has devices, one has devices and other files of the model.
/// </summary>
public sealed class ClusterUnderTest : IAsyncLifetime
{
    /// <summary>A hash that no file has.</summary>
    public const string OtherHash = "deadbeef";

    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();
    private readonly List<Service> _nodes = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Talks to the node that reads.</summary>
    public HttpClient Http { get; private set; } = null!;

    /// <summary>What each is called by the others.</summary>
    public string Reading => AddressOf(_nodes[0]);

    public string Refusing => AddressOf(_nodes[1]);

    public string Computing => AddressOf(_nodes[2]);

    /// <summary>Why the node that reads was not ready before the one came that computes for it.</summary>
    public IReadOnlyList<string> ReasonsWithoutLanes { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        // Nobody listens at that seed: the first node joins itself.
        var reading = await StartAsync("stream", seed: "127.0.0.1:1");
        var cluster = Cluster.Get(reading.Services.GetRequiredService<ActorSystem>());
        cluster.Join(cluster.SelfAddress);
        Http = new HttpClient { BaseAddress = reading.Address };

        await StartAsync("inference", Reading, hash: OtherHash);
        var readiness = reading.Services.GetRequiredService<Readiness>();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (!ReasonsWithoutLanes.Any(reason => reason.Contains(OtherHash, StringComparison.Ordinal)))
        {
            ReasonsWithoutLanes = await readiness.ReasonsAgainstAsync(patience.Token);
            await Task.Delay(20, patience.Token);
        }

        await StartAsync("inference", Reading);
        while ((await readiness.ReasonsAgainstAsync(patience.Token)).Count > 0)
            await Task.Delay(20, patience.Token);

        using var writer = new TopicWriter(_broker.BootstrapServers, "documents");
        using var reader = new TopicReader(_broker.BootstrapServers, "entities", EmbeddedBroker.DefaultPartitions);
        writer.Write("a", "Sarah lives in London");
        writer.Flush();
        reader.Read(1, seconds: 120);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        foreach (var node in Enumerable.Reverse(_nodes))
        {
            await node.StopAsync();
            await node.DisposeAsync();
        }

        _broker.Dispose();
    }

    private async Task<Service> StartAsync(string role, string seed, string? hash = null)
    {
        var plan = ServicePlan.Make(ServiceUnderTest.Settings(
            _broker, "Cluster:Enabled=true", $"Cluster:Roles:0={role}", "Cluster:Port=0", $"Cluster:Seeds:0={seed}"));
        if (hash is not null)
        {
            plan = plan with
            {
                Recognition = plan.Recognition with { Models = [plan.Recognition.Models[0] with { Hash = hash }] },
            };
        }

        _nodes.Add(await Service.StartAsync(plan, Stop));
        return _nodes[^1];
    }

    private static string AddressOf(Service node) =>
        KnownNodes.NameOf(Cluster.Get(node.Services.GetRequiredService<ActorSystem>()).SelfAddress);
}
