using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using StreamNer.Actors.Batching;
using StreamNer.Actors.Pool;
using StreamNer.Inference.Batching;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Actors;
using StreamNer.TestSupport.Inference;
using static StreamNer.Actors.Pool.PoolProtocol;

namespace StreamNer.Actors.Tests.Pool;

/// <summary>What is measured of a lane on another node; its peer, the batcher and the model are played by probes.</summary>
public sealed class LaneProxyActorTests : TestKit
{
    private readonly PoolMeasures _measures = new();
    private readonly ManualClock _clock = new();
    private readonly TestProbe _peer;
    private readonly TestProbe _batcher;
    private readonly TestProbe _model;

    public LaneProxyActorTests()
        : base(TestSetup.PatientConf + "akka.loglevel = ERROR") =>
        (_peer, _batcher, _model) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());

    [Fact]
    public async Task A_batch_that_comes_back_has_its_round_trip_from_leaving_to_answer()
    {
        var (proxy, batch) = await Handed("tripped");
        _clock.Advance(TimeSpan.FromSeconds(3));
        proxy.Tell(new Scored(7, 1, batch, []));
        await _model.ExpectMsgAsync<BatcherProtocol.Finished>();

        Assert.Equal([3], _measures.Of("streamner.pool.round_trip", "model=tripped"));
        Assert.Equal([1], _measures.Of("streamner.pool.batches", "model=tripped outcome=scored"));
        Assert.Empty(_measures.Of("streamner.pool.batches", "model=tripped outcome=given_back"));
    }

    [Fact]
    public async Task Batches_of_a_lane_that_is_lost_count_as_given_back()
    {
        var (proxy, _) = await Handed("lost");
        Watch(proxy);
        proxy.Tell(new LaneLost(7, Computing: true));
        await ExpectTerminatedAsync(proxy);

        Assert.Equal([1], _measures.Of("streamner.pool.batches", "model=lost outcome=given_back"));
        Assert.Empty(_measures.Of("streamner.pool.batches", "model=lost outcome=scored"));
    }

    [Fact]
    public async Task Nothing_is_measured_of_a_lane_of_this_node()
    {
        var (proxy, batch) = await Handed("own", isOwn: true);
        proxy.Tell(new Scored(7, 1, batch, []));
        await _model.ExpectMsgAsync<BatcherProtocol.Finished>();

        Assert.Empty(_measures.With("model=own"));
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _measures.Dispose();
    }

    private async Task<(IActorRef Proxy, TokenBatch Batch)> Handed(string model, bool isOwn = false)
    {
        var setup = TestSetup.Of() with { Model = model, Clock = _clock };
        var proxy = _peer.ChildActorOf(LaneProxyActor.Props(setup, 7, isOwn, setup.Budget, _batcher, _model));
        proxy.Tell(new Pull(7, 1, IsIdle: true));
        await _batcher.ExpectMsgAsync<BatcherProtocol.Demand>();
        var batch = new TokenBatch([Cut.Window(5)]);
        proxy.Tell(new BatcherProtocol.Compute(batch), _batcher);
        await _peer.ExpectMsgAsync<Batch>();
        return (proxy, batch);
    }
}
