using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using StreamNer.Actors.Batching;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.TestSupport.Actors;
using StreamNer.TestSupport.Inference;
using static StreamNer.Actors.Batching.BatcherProtocol;

namespace StreamNer.Actors.Tests.Batching;

/// <summary>The batcher in virtual time: lanes are probes, and no time passes but what a test lets pass.</summary>
public class BatcherActorTests : TestKit
{
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(8);

    private readonly TestProbe _recognition;
    private readonly IActorRef _batcher;

    public BatcherActorTests()
        : base(TestSetup.PatientConf + "akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
    {
        _recognition = CreateTestProbe();
        var setup =
            TestSetup.Of() with
            {
                Batching = new BatchingOptions { MaxPaddedTokens = 20, MaxBatchWait = Wait, MaxPaddingShare = 1 },
                Clock = new SchedulerClock(Sys.Scheduler)
            };
        _batcher = Sys.ActorOf(BatcherActor.Props(setup, _recognition));
    }

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public async Task An_idle_lane_gets_whatever_there_is_at_once()
    {
        var lane = Lane(idle: true);
        Queue(5);
        Assert.Equal(1, await BatchOf(lane));
    }

    [Fact]
    public async Task A_busy_lane_gets_a_full_batch_at_once()
    {
        var lane = Lane(idle: false);
        Queue(5, 5, 5, 5);
        Assert.Equal(4, await BatchOf(lane));
    }

    [Fact]
    public async Task A_busy_lane_gets_a_short_batch_when_the_oldest_window_has_waited_long_enough()
    {
        var lane = Lane(idle: false);
        Queue(5);
        await Settled();
        Time.Advance(Wait - TimeSpan.FromMilliseconds(1));
        await Settled();
        Assert.False(lane.HasMessages);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, await BatchOf(lane));
    }

    [Fact]
    public async Task An_idle_lane_goes_before_a_busy_one()
    {
        var busy = Lane(idle: false);
        var idle = Lane(idle: true);
        Queue(5, 5, 5, 5);
        Assert.Equal(4, await BatchOf(idle));
        Assert.False(busy.HasMessages);
    }

    [Fact]
    public async Task A_lane_that_repeats_its_demand_gets_one_batch()
    {
        var lane = Lane(idle: false);
        Queue(5, 5, 5, 5);
        await BatchOf(lane);
        _batcher.Tell(new Demand(1, IsIdle: true), lane);
        Queue(5);
        await Settled();
        Assert.False(lane.HasMessages);
    }

    [Fact]
    public async Task What_a_lost_lane_was_computing_goes_to_another_window_by_window()
    {
        var lost = Lane(idle: true);
        Queue(5, 5);
        await BatchOf(lost);
        var other = Lane(idle: true);
        Queue(5, 5);
        await BatchOf(other);
        Sys.Stop(lost);
        _batcher.Tell(Computed.Instance, other);
        _batcher.Tell(new Demand(2, IsIdle: true), other);
        Assert.Equal(1, await BatchOf(other));
        _batcher.Tell(Computed.Instance, other);
        _batcher.Tell(new Demand(3, IsIdle: true), other);
        Assert.Equal(1, await BatchOf(other));
    }

    [Fact]
    public async Task What_lay_in_the_mailbox_of_a_lost_lane_is_above_suspicion()
    {
        var lost = Lane(idle: false);
        Queue(5, 5, 5, 5);
        await BatchOf(lost);
        _batcher.Tell(new Demand(2, IsIdle: false), lost);
        Queue(5, 5, 5, 5);
        await BatchOf(lost);
        Sys.Stop(lost);
        var other = Lane(idle: true);
        for (var i = 1; i <= 4; i++)
        {
            Assert.Equal(1, await BatchOf(other));
            _batcher.Tell(Computed.Instance, other);
            _batcher.Tell(new Demand(i + 1, IsIdle: true), other);
        }

        Assert.Equal(4, await BatchOf(other));
    }

    [Fact]
    public async Task A_window_that_lost_too_many_lanes_fails_and_is_not_handed_out_again()
    {
        Queue(5);
        for (var i = 0; i < new RecognitionOptions().MaxLaneLosses; i++)
        {
            var lane = Lane(idle: true);
            await BatchOf(lane);
            Sys.Stop(lane);
        }

        var finished = await _recognition.ExpectMsgAsync<Finished>();
        Assert.Equal(FailureCode.LaneLost, Assert.Single(finished.Failed).Code);
    }

    private TestProbe Lane(bool idle)
    {
        var lane = CreateTestProbe();
        _batcher.Tell(new Demand(1, idle), lane);
        return lane;
    }

    private void Queue(params int[] lengths) =>
        _batcher.Tell(new Enqueue(RecognitionProtocol.Asker.Stream, [.. lengths.Select(Cut.Window)]));

    private static async Task<int> BatchOf(TestProbe lane) => (await lane.ExpectMsgAsync<Compute>()).Batch.Windows.Count;

    /// <summary>Returns once the batcher has read all that was sent to it.</summary>
    private async Task Settled() => await _batcher.Ask<ActorIdentity>(new Identify(null));
}
