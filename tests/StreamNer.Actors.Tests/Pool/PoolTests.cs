using Akka.Actor;
using Akka.Cluster;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.TestSupport.Actors;
using StreamNer.TestSupport.Inference;
using StreamNer.TestSupport.Kafka;
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
        await Eventually.TrueAsync(
            async () =>
            {
                AssertLabelled(await stream.Ask<Recognised>(Question(50), Patience), 50);
                return Array.TrueForAll(runs, count => count > 0);
            },
            "both nodes have computed", Patience.TotalSeconds);
    }

    [Fact]
    public async Task A_node_with_both_roles_computes_for_itself()
    {
        var node = Node(streams: true, infers: true);
        await Until(node, status => status.Ready);
        AssertLabelled(await node.Ask<Recognised>(Question(50), Patience), 50);
    }

    [Fact]
    public async Task A_question_is_answered_though_what_takes_it_to_this_nodes_own_lanes_ends_meanwhile()
    {
        using var computing = new SemaphoreSlim(0);
        using var goOn = new ManualResetEventSlim();
        var recognition = Node(streams: true, infers: true, before: _ =>
        {
            computing.Release();
            goOn.Wait(Patience);
        });
        await Until(recognition, status => status.Ready);
        var answer = recognition.Ask<Recognised>(Question(20), TimeSpan.FromSeconds(30));
        Assert.True(await computing.WaitAsync(Patience));

        var peers = PoolSetup.RouterPath("scripted").Replace(PoolSetup.RouterName, "peers", StringComparison.Ordinal);
        var peer = await _nodes[0].ActorSelection($"{peers}/peer-0").ResolveOne(Patience);
        Assert.True(await peer.GracefulStop(Patience));
        goOn.Set();
        AssertLabelled(await answer, 20);
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
    public async Task Every_node_is_known_with_its_roles_this_one_first_and_one_without_lanes_with_its_reason()
    {
        var stream = Node(streams: true, infers: false);
        Node(infers: true);
        Node(streams: true, infers: true, hash: "deadbeef");
        await Until(stream, status => status.Lanes.Count == 1 && status.Nodes.Any(node => node.Refusals.Count > 0));
        var status = await stream.Ask<RecognitionProtocol.Status>(GetStatus.Instance, Patience);

        string[] addresses = [.. _nodes.Select(node => KnownNodes.NameOf(Cluster.Get(node).SelfAddress))];
        Assert.Equal(addresses[0], status.Nodes[0].Address);
        Assert.Equal(addresses.Order(), status.Nodes.Select(node => node.Address).Order());
        Assert.All(status.Nodes, node => Assert.Equal(NodeState.Up, node.State));
        Assert.Equal(["stream", "inference", "stream inference"],
            addresses.Select(address => string.Join(' ', status.Nodes.Single(node => node.Address == address).Roles)));
        Assert.Equal(addresses[1], Assert.Single(status.Lanes).Node);
        var refusal = Assert.Single(status.Nodes.SelectMany(node => node.Refusals));
        Assert.Equal((addresses[2], "scripted"), (refusal.Node, refusal.Model));
        Assert.Contains("deadbeef", refusal.Reason, StringComparison.Ordinal);
        Assert.Contains("0badcafe", refusal.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_goes_to_other_nodes_is_measured_in_batches_round_trips_and_bytes()
    {
        using var measures = new PoolMeasures();
        var stream = Node(streams: true, infers: false, model: "travelled");
        Node(infers: true, model: "travelled");
        await Until(stream, status => status.Ready);
        AssertLabelled(await stream.Ask<Recognised>(Question(50), Patience), 50);
        measures.Look();

        var scored = measures.Of("streamner.pool.batches", "model=travelled outcome=scored").Sum();
        Assert.True(scored > 0);
        Assert.Equal(scored, measures.Of("streamner.pool.round_trip", "model=travelled").Length);
        Assert.True(measures.Of("streamner.pool.bytes", "direction=sent").Sum() > 50 * "this is Name0 of them".Length);
        Assert.True(measures.Of("streamner.pool.bytes", "direction=received").Sum() > 50);
        Assert.Contains(1, measures.Of("streamner.pool.lanes", "model=travelled location=remote state=ready"));
    }

    [Fact]
    public async Task A_node_that_computes_for_itself_alone_measures_no_batch()
    {
        using var measures = new PoolMeasures();
        var node = Node(streams: true, infers: true, model: "stayed");
        await Until(node, status => status.Ready);
        AssertLabelled(await node.Ask<Recognised>(Question(50), Patience), 50);

        Assert.Equal(0, measures.Of("streamner.pool.batches", "model=stayed outcome=scored").Sum());
        Assert.Empty(measures.Of("streamner.pool.round_trip", "model=stayed"));
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

    // The first node joins itself, the others join it.
    private IActorRef Node(bool streams = false, bool infers = false, string hash = "0badcafe", string model = "scripted",
        Action<TokenBatch>? before = null)
    {
        var pool = new PoolSetup(streams, infers);
        var system = NodeSystem.Create(pool);
        _nodes.Add(system);
        Cluster.Get(system).Join(Cluster.Get(_nodes[0]).SelfAddress);
        var setup = TestSetup.Of((_, _) => new ScriptedClassifier(2, id => char.IsAsciiLetterUpper((char)id) ? 1 : 0)
        {
            BeforeRun = before ?? (_ => { }),
        });
        return RecognitionRegistration.Start(system, new EnsembleSetup
        {
            Models = [setup with { Model = model, Hash = hash, Pool = pool, Lanes = infers ? setup.Lanes : [] }],
        });
    }
}
