using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.TestSupport.Actors;
using StreamNer.TestSupport.Inference;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Tests.Pool;

/// <summary>Several nodes over a real network on this machine, each an actor system of its own with the product's mechanics.</summary>
public sealed class PoolTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly List<ActorSystem> _nodes = [];

    [Fact]
    public async Task A_node_without_devices_labels_by_the_lanes_of_other_nodes()
    {
        int[] runs = [0, 0];
        var stream = Node(streams: true, infers: false);
        Node(infers: true, before: _ => Interlocked.Increment(ref runs[0]));
        Node(infers: true, before: _ => Interlocked.Increment(ref runs[1]));
        await Until(stream, status => status.Lanes.Count(lane => lane.State == LaneState.Ready) == 2);

        // Until both have had some: which of them asks first is chance.
        while (Array.Exists(runs, count => count == 0))
            AssertLabelled(await stream.Ask<Recognised>(Question(50), Patience), 50);
    }

    [Fact]
    public async Task A_node_with_both_roles_computes_for_itself()
    {
        var node = Node(streams: true, infers: true);
        await Until(node, status => status.Ready);
        AssertLabelled(await node.Ask<Recognised>(Question(50), Patience), 50);
    }

    [Fact]
    public async Task A_batch_of_a_node_that_died_is_computed_by_another_one_and_answered_once()
    {
        using var computing = new SemaphoreSlim(0);
        using var ended = new ManualResetEventSlim();
        var stream = Node(streams: true, infers: false);
        Node(infers: true, before: _ =>
        {
            computing.Release();
            ended.Wait(Patience);
        });
        var dying = _nodes[^1];
        await Until(stream, status => status.Lanes.Count == 1);
        var answer = stream.Ask<Recognised>(Question(20), Patience);
        Assert.True(await computing.WaitAsync(Patience));

        Node(infers: true);
        await Until(stream, status => status.Lanes.Count == 2);

        // Without a word to anybody: its port is closed, and its lane is still in its run.
        var death = dying.Terminate();
        AssertLabelled(await answer, 20);
        ended.Set();
        await death;
    }

    [Fact]
    public async Task Without_a_lane_a_question_waits_until_a_node_comes()
    {
        var stream = Node(streams: true, infers: false);
        var answer = stream.Ask<Recognised>(Question(5), Patience);
        var status = await stream.Ask<RecognitionProtocol.Status>(GetStatus.Instance, Patience);
        Assert.False(status.Ready);
        Node(infers: true);
        AssertLabelled(await answer, 5);
    }

    [Fact]
    public async Task A_lane_that_is_lost_again_and_again_over_one_text_costs_that_text_alone()
    {
        var stream = Node(streams: true, infers: false);
        Node(infers: true, before: batch =>
        {
            if (batch.Windows.Any(window => window.PieceIds.Contains('P')))
                throw new InferenceException("the device is lost", isTransient: false);
        });
        await Until(stream, status => status.Ready);
        var answer = await stream.Ask<Recognised>(new Recognise(
            [.. ((string[])["Anna", "Poison", "Carl"]).Select(text => new Document(new DocumentId(text), text))]), Patience);
        Assert.IsType<DocumentOutcome.Labelled>(answer.Outcomes[0]);
        Assert.IsType<DocumentOutcome.Labelled>(answer.Outcomes[2]);
        Assert.Equal(FailureCode.LaneLost, Assert.IsType<DocumentOutcome.Failed>(answer.Outcomes[1]).Code);
    }

    [Fact]
    public async Task A_node_with_other_files_of_the_model_gets_no_work()
    {
        var stream = Node(streams: true, infers: false);
        Node(infers: true, hash: "deadbeef", before: _ => throw new InvalidOperationException("it got work"));
        var answer = stream.Ask<Recognised>(Question(5), Patience);
        Node(infers: true);
        AssertLabelled(await answer, 5);
    }

    [Fact]
    public async Task A_node_that_leaves_finishes_what_it_has_and_takes_no_more()
    {
        using var computing = new SemaphoreSlim(0);
        using var goOn = new ManualResetEventSlim();
        var runs = 0;
        var stream = Node(streams: true, infers: false);
        Node(infers: true, before: _ =>
        {
            Interlocked.Increment(ref runs);
            computing.Release();
            goOn.Wait(Patience);
        });
        var leaving = _nodes[^1];
        await Until(stream, status => status.Lanes.Count == 1);
        var answer = stream.Ask<Recognised>(Question(1), Patience);
        Assert.True(await computing.WaitAsync(Patience));
        var router = await leaving.ActorSelection(PoolSetup.RouterPath("scripted")).ResolveOne(Patience);
        var left = router.Ask<PoolProtocol.Left>(LaneRouterActor.Leave.Instance, Patience);
        await Until(stream, status => status.Lanes.Count == 0);
        var later = stream.Ask<Recognised>(Question(1), Patience);
        goOn.Set();
        AssertLabelled(await answer, 1);
        await left;
        Assert.Equal(1, runs);
        Node(infers: true);
        AssertLabelled(await later, 1);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            await node.Terminate();
    }

    private static Recognise Question(int documents) =>
        new([.. Enumerable.Range(0, documents).Select(i => new Document(new DocumentId($"{i}"), $"this is Name{i} of them"))]);

    private static void AssertLabelled(Recognised answer, int documents)
    {
        Assert.Equal(documents, answer.Outcomes.Count);
        for (var i = 0; i < documents; i++)
        {
            var entity = Assert.Single(Assert.IsType<DocumentOutcome.Labelled>(answer.Outcomes[i]).Entities);
            Assert.Equal((8, 8 + $"Name{i}".Length), (entity.Span.Start, entity.Span.End));
        }
    }

    private static async Task Until(IActorRef recognition, Func<RecognitionProtocol.Status, bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition(await recognition.Ask<RecognitionProtocol.Status>(GetStatus.Instance, Patience)))
            await Task.Delay(20, patience.Token);
    }

    // The first node joins itself, the others join it. Ends as a killed process does: nobody is told.
    private IActorRef Node(bool streams = false, bool infers = false, string hash = "0badcafe", Action<TokenBatch>? before = null)
    {
        var pool = new PoolSetup(streams, infers);
        string[] roles = [.. streams ? [PoolSetup.StreamRole] : Array.Empty<string>(), .. infers ? [PoolSetup.InferenceRole] : Array.Empty<string>()];
        var mechanics = ConfigurationFactory.ParseString(
            """
            akka.loglevel = ERROR
            akka.cluster.seed-nodes = []
            akka.cluster.failure-detector.acceptable-heartbeat-pause = 60s
            akka.coordinated-shutdown.run-by-actor-system-terminate = off
            """)
            .WithFallback(ClusterMechanics.Of(new ClusterOptions { Enabled = true, Roles = roles, Port = 0 }))
            .WithFallback(ConfigurationFactory.ParseString(TestSetup.AkkaConf));
        var system = ActorSystem.Create(ClusterMechanics.SystemName, mechanics);
        _nodes.Add(system);
        Cluster.Get(system).Join(Cluster.Get(_nodes[0]).SelfAddress);
        var setup = TestSetup.Of((_, _) => new ScriptedClassifier(2, id => char.IsAsciiLetterUpper((char)id) ? 1 : 0)
        {
            BeforeRun = before ?? (_ => { }),
        });
        return RecognitionRegistration.Start(system, new EnsembleSetup
        {
            Models = [setup with { Hash = hash, Pool = pool, Lanes = infers ? setup.Lanes : [] }],
        });
    }
}
