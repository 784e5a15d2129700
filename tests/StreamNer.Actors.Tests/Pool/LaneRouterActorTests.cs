using Akka.Actor;
using Akka.Event;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using StreamNer.Actors.Batching;
using StreamNer.Actors.Pool;
using StreamNer.Inference.Batching;
using StreamNer.TestSupport.Actors;
using StreamNer.TestSupport.Inference;
using static StreamNer.Actors.Pool.PoolProtocol;

namespace StreamNer.Actors.Tests.Pool;

/// <summary>The router between lanes and sources, both played by probes.</summary>
public class LaneRouterActorTests : TestKit
{
    private readonly IActorRef _router;

    public LaneRouterActorTests()
        : base(TestSetup.PatientConf + """
            akka.actor.provider = cluster
            akka.remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
            akka.loglevel = WARNING
            """) =>
        _router = Sys.ActorOf(LaneRouterActor.Props(TestSetup.Of() with { Hash = "0badcafe" }));

    [Fact]
    public async Task A_source_with_other_files_is_refused_and_told_both_hashes()
    {
        var source = CreateTestProbe();
        _router.Tell(new Greet("scripted", "deadbeef", HasWork: true, LongestWindow: 16), source);
        var refused = await source.ExpectMsgAsync<Refused>();
        Assert.Contains("0badcafe", refused.Reason, StringComparison.Ordinal);
        Assert.Contains("deadbeef", refused.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_whose_windows_are_longer_is_refused_and_told_the_setting()
    {
        var source = CreateTestProbe();
        _router.Tell(new Greet("scripted", "0badcafe", HasWork: true, LongestWindow: 17), source);
        var refused = await source.ExpectMsgAsync<Refused>();
        Assert.Equal("windows of model scripted have up to 17 pieces here, and up to 16 there: give all nodes the same "
            + "StreamNer:Windows:MaxPieces", refused.Reason);
    }

    [Fact]
    public async Task A_source_that_is_refused_again_and_again_is_told_of_once()
    {
        var warnings = CreateTestProbe();
        Sys.EventStream.Subscribe(warnings, typeof(Warning));
        var source = CreateTestProbe();
        foreach (var hash in (string[])["deadbeef", "deadbeef", "feedbeef"])
        {
            _router.Tell(new Greet("scripted", hash, HasWork: true, LongestWindow: 16), source);
            await source.ExpectMsgAsync<Refused>();
        }

        // It told of them before it answered.
        List<string> told = [];
        while (warnings.HasMessages)
            told.Add($"{(await warnings.ExpectMsgAsync<Warning>()).Message}");
        Assert.Single(told, text => text.Contains("deadbeef", StringComparison.Ordinal));
        Assert.Single(told, text => text.Contains("feedbeef", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_lane_that_waits_asks_as_soon_as_a_source_has_work()
    {
        var source = await Source(hasWork: false);
        Lane();
        _router.Tell(new WorkChanged(HasWork: true), source);
        Assert.Equal(new Pull(0, 1, IsIdle: true), await source.ExpectMsgAsync<Pull>());
    }

    [Fact]
    public async Task A_lane_asks_one_source_at_a_time_and_the_next_one_when_that_has_no_work()
    {
        var (first, second) = (await Source(hasWork: true), await Source(hasWork: true));
        Lane();
        var pull = await first.ExpectMsgAsync<Pull>();
        await Settled();
        Assert.False(second.HasMessages);
        _router.Tell(new WorkChanged(HasWork: false), first);
        _router.Tell(new NoWork(pull.Lane, pull.Number), first);
        await second.ExpectMsgAsync<Pull>();
    }

    [Fact]
    public async Task Sources_that_have_work_take_turns()
    {
        var sources = new[] { await Source(hasWork: true), await Source(hasWork: true), await Source(hasWork: true) };
        var lane = Lane();
        for (var i = 0; i < 9; i++)
        {
            var pull = await sources[i % 3].ExpectMsgAsync<Pull>();
            _router.Tell(new Batch(pull.Lane, pull.Number, Windows()), sources[i % 3]);
            await lane.ExpectMsgAsync<BatcherProtocol.Compute>();
            _router.Tell(new BatcherProtocol.Demand(pull.Number + 1, IsIdle: false), lane);
        }
    }

    [Fact]
    public async Task A_lane_that_has_become_idle_says_so_where_it_has_asked()
    {
        var source = await Source(hasWork: true);
        var lane = Lane(idle: false);
        Assert.False((await source.ExpectMsgAsync<Pull>()).IsIdle);
        _router.Tell(new BatcherProtocol.Demand(1, IsIdle: true), lane);
        Assert.Equal(new Pull(0, 1, IsIdle: true), await source.ExpectMsgAsync<Pull>());
    }

    [Fact]
    public async Task What_a_lane_computed_goes_back_to_the_source_that_it_came_from()
    {
        var (first, second) = (await Source(hasWork: true), await Source(hasWork: true));
        var lane = Lane();
        var batch = Windows();
        await Hand(first, lane, batch);
        _router.Tell(new BatcherProtocol.Demand(2, IsIdle: false), lane);
        await Hand(second, lane, Windows());
        _router.Tell(new BatcherProtocol.Finished(batch.Windows, []), lane);
        var scored = await first.ExpectMsgAsync<Scored>();
        Assert.Same(batch, scored.Windows);
        Assert.Equal(1, scored.Number);
    }

    [Fact]
    public async Task A_lost_lane_is_told_to_every_source_and_its_batch_to_the_one_that_it_was_computed_for()
    {
        var (first, second) = (await Source(hasWork: true), await Source(hasWork: true));
        var lane = Lane();
        await Hand(first, lane, Windows());
        _router.Tell(new BatcherProtocol.Demand(2, IsIdle: false), lane);
        await Hand(second, lane, Windows());
        Sys.Stop(lane);
        Assert.Equal(new LaneLost(0, Computing: true), await first.ExpectMsgAsync<LaneLost>());
        Assert.Equal(new LaneLost(0, Computing: false), await second.ExpectMsgAsync<LaneLost>());
    }

    [Fact]
    public async Task When_a_source_is_gone_its_lane_asks_another()
    {
        var (first, second) = (await Source(hasWork: true), await Source(hasWork: true));
        var lane = Lane();
        await Hand(first, lane, Windows());
        _router.Tell(new BatcherProtocol.Demand(2, IsIdle: false), lane);
        var asked = await second.ExpectMsgAsync<Pull>();
        Sys.Stop(second);
        Sys.Stop(first);
        var third = await Source(hasWork: true);
        Assert.Equal(asked.Number, (await third.ExpectMsgAsync<Pull>()).Number);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_source_had_that_is_gone_is_left_out_unless_it_is_documents_of_this_node(bool isOwn)
    {
        var (probe, lane, batch) = (CreateTestProbe(), Lane(), Windows());
        IActorRef source = isOwn ? probe : new OfAnotherNode(probe, ((ExtendedActorSystem)Sys).Provider);
        _router.Tell(new Greet("scripted", "0badcafe", HasWork: true, LongestWindow: 16), source);
        await probe.ExpectMsgAsync<Welcome>();
        var pull = await probe.ExpectMsgAsync<Pull>();
        _router.Tell(new Batch(pull.Lane, pull.Number, batch), source);
        await lane.ExpectMsgAsync<BatcherProtocol.Compute>();

        _router.Tell(Left.Instance, source);

        await Settled();
        Assert.All(batch.Windows, window => Assert.Equal(!isOwn, window.Owner.IsAbandoned));
    }

    [Fact]
    public async Task An_audit_is_answered_with_what_is_missing_and_with_open_pulls_once_more()
    {
        var source = await Source(hasWork: true);
        var lane = Lane();
        await Hand(source, lane, Windows());
        _router.Tell(new BatcherProtocol.Demand(2, IsIdle: false), lane);
        await source.ExpectMsgAsync<Pull>();
        _router.Tell(new Audit(HasWork: true, [new LanePull(0, 1), new LanePull(0, 9), new LanePull(5, 1)]), source);
        Assert.Equal([new LanePull(0, 9), new LanePull(5, 1)], (await source.ExpectMsgAsync<Missing>()).Lost);
        Assert.Equal(2, (await source.ExpectMsgAsync<Pull>()).Number);
    }

    [Fact]
    public async Task A_source_that_is_not_known_is_told_so()
    {
        var stranger = CreateTestProbe();
        _router.Tell(new Audit(HasWork: true, []), stranger);
        await stranger.ExpectMsgAsync<Unknown>();
    }

    [Fact]
    public async Task A_batch_for_a_lane_that_is_gone_is_given_back()
    {
        var source = await Source(hasWork: true);
        _router.Tell(new Batch(3, 1, Windows()), source);
        Assert.Equal(new LaneLost(3, Computing: false), await source.ExpectMsgAsync<LaneLost>());
    }

    [Fact]
    public async Task A_batch_that_is_none_of_the_model_is_not_computed_and_its_source_is_forgotten()
    {
        var source = await Source(hasWork: true);
        var lane = Lane();
        var pull = await source.ExpectMsgAsync<Pull>();
        _router.Tell(new Batch(pull.Lane, pull.Number, new TokenBatch([Cut.Window(TestSetup.Of().LongestWindow * 2)])), source);
        await source.ExpectMsgAsync<Unknown>();

        // The lane is free for another one, and gets that one's batch first.
        var other = await Source(hasWork: true);
        var batch = Windows();
        var next = await other.ExpectMsgAsync<Pull>();
        _router.Tell(new Batch(next.Lane, next.Number, batch), other);
        Assert.Same(batch, (await lane.ExpectMsgAsync<BatcherProtocol.Compute>()).Batch);
    }

    private async Task<TestProbe> Source(bool hasWork)
    {
        var source = CreateTestProbe();
        _router.Tell(new Greet("scripted", "0badcafe", hasWork, LongestWindow: 16), source);
        await source.ExpectMsgAsync<Welcome>();
        return source;
    }

    private TestProbe Lane(bool idle = true)
    {
        var lane = CreateTestProbe();
        _router.Tell(new BatcherProtocol.Demand(1, idle), lane);
        return lane;
    }

    private async Task Hand(TestProbe source, TestProbe lane, TokenBatch batch)
    {
        var pull = await source.ExpectMsgAsync<Pull>();
        _router.Tell(new Batch(pull.Lane, pull.Number, batch), source);
        await lane.ExpectMsgAsync<BatcherProtocol.Compute>();
    }

    // Whoever is answered knows that everything before was dealt with.
    private async Task Settled()
    {
        var stranger = CreateTestProbe();
        _router.Tell(new Audit(HasWork: false, []), stranger);
        await stranger.ExpectMsgAsync<Unknown>();
    }

    private static TokenBatch Windows() => new([Cut.Window(5), Cut.Window(5)]);

    private sealed class OfAnotherNode(IActorRef actor, IActorRefProvider provider) : MinimalActorRef
    {
        public override ActorPath Path { get; } =
            new RootActorPath(new Address("akka.tcp", ClusterMechanics.SystemName, "10.0.0.1", 4053)) / "user" / actor.Path.Name;

        public override IActorRefProvider Provider => provider;

        protected override void TellInternal(object message, IActorRef sender) => actor.Tell(message, sender);
    }
}
