using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using StreamNer.Actors.Batching;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.TestSupport.Actors;
using StreamNer.TestSupport.Inference;
using static StreamNer.Actors.Pool.PoolProtocol;

namespace StreamNer.Actors.Tests.Pool;

/// <summary>The source that a router sees; router, batcher and model are played by probes, its proxies are real.</summary>
public sealed class PeerActorTests : TestKit
{
    private static readonly RecognitionSetup Setup = TestSetup.Of() with { Hash = "0badcafe" };

    private readonly TestProbe _router;
    private readonly TestProbe _batcher;
    private readonly TestProbe _model;

    public PeerActorTests()
        : base(TestSetup.PatientConf + "akka.loglevel = ERROR") =>
        (_router, _batcher, _model) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());

    [Fact]
    public async Task What_an_ended_proxy_was_handed_stays_out_of_the_account_of_its_successor()
    {
        var peer = await Serving();
        var first = await Asked(peer, number: 1);
        Watch(first);
        Handed(first);
        Assert.Equal(1, (await _router.ExpectMsgAsync<Batch>()).Number);
        await Asked(peer, number: 2);

        // The answer to the first was lost. The router says so and asks for the second once more; meanwhile the proxy is handed that.
        peer.Tell(new Missing([new LanePull(0, 1)]), _router);
        peer.Tell(new Pull(0, 2, IsIdle: true), _router);
        await ExpectTerminatedAsync(first);
        peer.Tell(new Batch(0, 2, Windows()), first);
        var second = await Asked(peer, number: 2);
        var batch = Windows();
        Handed(second, batch);
        Assert.Same(batch, (await _router.FishForMessageAsync<Batch>(_ => true)).Windows);
    }

    [Fact]
    public async Task Nobody_but_its_router_is_listened_to()
    {
        var peer = await Serving();
        peer.Tell(Unknown.Instance, CreateTestProbe());
        peer.Tell(new Pull(0, 1, IsIdle: true), CreateTestProbe());
        await Asked(peer, number: 1);
        Assert.False(_batcher.HasMessages);
    }

    [Fact]
    public async Task What_a_router_does_not_know_is_given_back_without_suspicion()
    {
        var peer = await Serving();
        Handed(await Asked(peer, number: 1));
        await _router.ExpectMsgAsync<Batch>();
        Watch(peer);

        peer.Tell(Unknown.Instance, _router);

        await _batcher.FishForMessageAsync(message => message is BatcherProtocol.GiveBack);
        await ExpectTerminatedAsync(peer);
    }

    [Fact]
    public async Task A_batch_whose_answer_never_arrives_is_not_computed_for_ever()
    {
        var batcher = Sys.ActorOf(BatcherActor.Props(Setup, _model));
        var peer = Sys.ActorOf(PeerActor.Props(Setup, Address.Parse($"akka://{Sys.Name}"), batcher, _model));
        peer.Tell(new Welcome(Setup.Budget, []), _router);
        batcher.Tell(new BatcherProtocol.Enqueue(RecognitionProtocol.Asker.Stream, [Cut.Window(5)]), _model);
        for (var number = 1; number <= Setup.Options.MaxLaneLosses; number++)
        {
            await _router.FishForMessageAsync(message => message is WorkChanged { HasWork: true });
            peer.Tell(new Pull(0, number, IsIdle: true), _router);
            await _router.FishForMessageAsync(message => message is Batch batch && batch.Number == number);
            peer.Tell(new Missing([new LanePull(0, number)]), _router);
        }

        Assert.Equal(FailureCode.LaneLost, Assert.Single((await _model.ExpectMsgAsync<BatcherProtocol.Finished>()).Failed).Code);
    }

    [Fact]
    public async Task A_batch_that_was_lost_behind_another_one_is_above_suspicion()
    {
        var peer = await Serving();
        for (var number = 1; number <= 2; number++)
        {
            Handed(await Asked(peer, number));
            await _router.ExpectMsgAsync<Batch>();
        }

        peer.Tell(new Missing([new LanePull(0, 2)]), _router);

        await _batcher.FishForMessageAsync(message => message is BatcherProtocol.GiveBack);
    }

    [Fact]
    public async Task A_lane_that_takes_batch_after_batch_and_answers_none_gets_no_more()
    {
        var peer = await Serving();
        for (var number = 1; number <= 4; number++)
        {
            Handed(await Asked(peer, number));
            await _router.ExpectMsgAsync<Batch>();
        }

        peer.Tell(new Pull(0, 5, IsIdle: true), _router);
        Assert.Equal(new NoWork(0, 5), await _router.ExpectMsgAsync<NoWork>());
    }

    [Fact]
    public async Task A_budget_without_measure_is_bounded_by_what_a_message_holds()
    {
        var peer = await Serving(new PaddedTokenBudget(int.MaxValue, int.MaxValue, double.NaN, -1));
        peer.Tell(new Pull(0, 1, IsIdle: true), _router);
        var budget = (await _batcher.ExpectMsgAsync<BatcherProtocol.Demand>()).Budget!.Value;
        Assert.InRange(budget.MaxPaddedTokens, Setup.LongestWindow, PoolSetup.MaxFrameBytes / 2 / 10);
        Assert.Equal(PoolSetup.MaxWindows, budget.MaxWindows);
        Assert.InRange(budget.MaxPaddingShare, 0, 1);
    }

    private async Task<IActorRef> Serving(PaddedTokenBudget? budget = null)
    {
        var peer = Sys.ActorOf(PeerActor.Props(Setup, Address.Parse($"akka://{Sys.Name}"), _batcher, _model));
        await _batcher.ExpectMsgAsync<BatcherProtocol.Watch>();
        peer.Tell(new BatcherProtocol.WorkChanged(HasWork: true), _batcher);
        peer.Tell(new Welcome(budget ?? Setup.Budget, []), _router);
        await _router.ExpectMsgAsync<WorkChanged>();
        return peer;
    }

    // The proxy that asked the batcher.
    private async Task<IActorRef> Asked(IActorRef peer, long number)
    {
        peer.Tell(new Pull(0, number, IsIdle: true), _router);
        await _batcher.FishForMessageAsync(message => message is BatcherProtocol.Demand demand && demand.Number == number);
        return _batcher.LastSender;
    }

    private void Handed(IActorRef proxy, TokenBatch? batch = null) => proxy.Tell(new BatcherProtocol.Compute(batch ?? Windows()), _batcher);

    private static TokenBatch Windows() => new([Cut.Window(5)]);
}
