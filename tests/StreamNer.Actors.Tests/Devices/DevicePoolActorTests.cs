using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using StreamNer.Actors.Devices;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;
using StreamNer.TestSupport.Actors;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Actors.Tests.Devices;

/// <summary>Hung lanes, in virtual time.</summary>
public class DevicePoolActorTests()
    : TestKit(TestSetup.AkkaConf + "\nakka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
{
    private static readonly TimeSpan Limit = new RecognitionOptions().StallTimeout;

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public async Task A_lane_that_computes_one_batch_for_too_long_is_cancelled_and_its_batch_computed_anew()
    {
        using var running = new SemaphoreSlim(0);
        using var cancelled = new ManualResetEventSlim();
        var actor = Start((_, start) => start > 1 ? TestSetup.Capitals() : new ScriptedClassifier(2, _ => 0)
        {
            BeforeRun = _ =>
            {
                running.Release();
                cancelled.Wait(TimeSpan.FromSeconds(20));
                throw new InferenceException("cancelled", isTransient: false);
            },
            OnCancel = cancelled.Set,
        });

        actor.Tell(Question, TestActor);
        await running.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Time.Advance(Limit);
        await AwaitAssertAsync(() =>
        {
            Time.Advance(TimeSpan.FromSeconds(1)); // the back-off of the lane's restart
            Assert.True(HasMessages);
        });
        await ExpectMsgAsync<RecognitionProtocol.Recognised>();
    }

    [Fact]
    public async Task A_lane_that_can_not_be_cancelled_ends_the_process()
    {
        using var running = new SemaphoreSlim(0);
        using var release = new ManualResetEventSlim();
        var actor = Start((_, _) => new ScriptedClassifier(2, _ => 0)
        {
            BeforeRun = _ =>
            {
                running.Release();
                release.Wait(TimeSpan.FromSeconds(20));
            },
        });

        actor.Tell(Question, TestActor);
        await running.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Time.Advance(Limit);
        Time.Advance(Limit);
        await AwaitAssertAsync(() => Assert.IsType<DevicesLost>(CoordinatedShutdown.Get(Sys).ShutdownReason));
        release.Set();
    }

    [Fact]
    public async Task A_lane_that_loads_for_too_long_ends_the_process()
    {
        using var loading = new SemaphoreSlim(0);
        using var release = new ManualResetEventSlim();
        Start((_, _) => new ScriptedClassifier(2, _ => 0)
        {
            BeforeWarmUp = () =>
            {
                loading.Release();
                release.Wait(TimeSpan.FromSeconds(20));
            },
        });

        await loading.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Time.Advance(new RecognitionOptions().LoadTimeout);
        Time.Advance(new RecognitionOptions().LoadTimeout);
        await AwaitAssertAsync(() => Assert.IsType<DevicesLost>(CoordinatedShutdown.Get(Sys).ShutdownReason));
        release.Set();
    }

    [Fact]
    public async Task A_lane_that_loads_for_too_long_is_ended_and_its_model_called_unusable()
    {
        using var loading = new SemaphoreSlim(0);
        using var stopped = new ManualResetEventSlim();
        Start((_, _) => new ScriptedClassifier(2, _ => 0)
        {
            BeforeWarmUp = () =>
            {
                loading.Release();
                stopped.Wait(TimeSpan.FromSeconds(20));
                throw new InferenceException("ended", isTransient: false);
            },
            OnCancel = stopped.Set,
        });

        await loading.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Time.Advance(new RecognitionOptions().LoadTimeout);
        await AwaitAssertAsync(() => Assert.IsType<ModelUnusable>(CoordinatedShutdown.Get(Sys).ShutdownReason));
        Assert.Equal(ExitCodes.Model, CoordinatedShutdown.Get(Sys).ShutdownReason.ExitCode);
    }

    [Fact]
    public async Task A_lane_is_told_of_the_batches_there_will_be_when_its_model_is_loaded()
    {
        var classifiers = new ScriptedClassifiers((_, _) => TestSetup.Capitals());
        var setup = TestSetup.Of() with { Classifiers = classifiers };
        RecognitionRegistration.Start(Sys, new EnsembleSetup { Models = [setup] });

        await AwaitAssertAsync(() => Assert.Equal(new BatchShapes(setup.Budget, setup.LongestWindow), classifiers.Shapes));
    }

    private static RecognitionProtocol.Recognise Question => new([new(new("d"), "Anna")]);

    private IActorRef Start(Func<LaneSpec, int, ITokenClassifier> create) =>
        RecognitionRegistration.Start(
            Sys, new EnsembleSetup { Models = [TestSetup.Of(create) with { Clock = new SchedulerClock(Sys.Scheduler) }] });
}
