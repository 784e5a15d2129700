using Akka.Actor;
using Akka.TestKit.Xunit;
using StreamNer.Actors.Batching;
using StreamNer.Actors.Devices;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Actors.Tests.Pool;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.TestSupport.Actors;
using StreamNer.TestSupport.Inference;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Tests.Supervision;

public class SupervisionTests() : TestKit(TestSetup.AkkaConf)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_batcher_that_throws_takes_its_models_tree_along_and_a_new_one_goes_on()
    {
        var setup = TestSetup.Of();
        var actor = Start(setup);
        await AskAsync(actor, "Anna");
        await BreakBatcherAsync("scripted");
        await AwaitAssertAsync(async () => Assert.Single((await AskAsync(actor, "Anna")).Entities), Patience);
        Assert.Equal(2, ((ScriptedClassifiers)setup.Classifiers).Starts(0));
    }

    [Fact]
    public async Task What_was_open_when_a_models_actors_failed_is_told_so_and_other_models_go_on()
    {
        using var release = new ManualResetEventSlim();
        var actor = Start(TestSetup.Of() with { Model = "first" },
            TestSetup.Of((_, _) => Before(_ => release.Wait(Patience))) with { Model = "second" });
        var open = actor.Ask<Recognised>(new Recognise([Doc("Anna")]), Patience);
        var other = actor.Ask<Recognised>(new Recognise([Doc("Anna")]) { Model = "first" }, Patience);
        await other;
        await BreakBatcherAsync("second");

        // Its lane still stands still: nobody waits for that.
        await Assert.ThrowsAsync<RecognitionStoppedException>(() => open);
        await actor.Ask<Recognised>(new Recognise([Doc("Anna")]) { Model = "first" }, Patience);
        await Assert.ThrowsAsync<RecognitionStoppedException>(() => actor.Ask<Recognised>(new Recognise([Doc("Anna")]), Patience));
        Assert.Contains((await StatusAsync(actor)).Lanes, lane => lane is { Model: "second", State: LaneState.Restarting });
        release.Set();
        await AwaitAssertAsync(async () => Assert.Equal(2, (await AskAsync(actor, "Anna")).Entities.Length), Patience);
    }

    [Fact]
    public async Task What_waited_in_a_batcher_that_throws_is_not_counted_for_ever()
    {
        using var measures = new PoolMeasures("streamner.queue.tokens");
        using var release = new ManualResetEventSlim();
        var actor = Start(TestSetup.Of((_, _) => Before(_ => release.Wait(Patience))) with { Model = "forgetful" });
        var open = actor.Ask<Recognised>(new Recognise([Doc("Anna Berta")]), Patience);

        // One batch is computed and one lies behind it; what is asked meanwhile waits.
        await AwaitAssertAsync(async () =>
        {
            _ = actor.Ask<Recognised>(new Recognise([Doc("Anna Berta")]), Patience);
            await StatusAsync(actor);
            Assert.True(Waiting() > 0);
        }, Patience);
        await BreakBatcherAsync("forgetful");
        await Assert.ThrowsAsync<RecognitionStoppedException>(() => open);
        release.Set();
        await AwaitAssertAsync(() => AskAsync(actor, "Anna"), Patience);
        await AwaitAssertAsync(() => Assert.Equal(0, Waiting()), Patience);

        double Waiting() => measures.Of("streamner.queue.tokens", "model=forgetful").Sum();
    }

    [Fact]
    public async Task Actors_that_fail_again_and_again_end_the_process_with_70()
    {
        var setup = TestSetup.Of();
        var actor = Start(setup with { Options = setup.Options with { MaxRestarts = 1 } });
        await AskAsync(actor, "Anna");
        await BreakBatcherAsync("scripted");
        await AwaitAssertAsync(() => AskAsync(actor, "Anna"), Patience);
        await BreakBatcherAsync("scripted");
        await Sys.WhenTerminated.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(70, Assert.IsType<RecognitionFailed>(CoordinatedShutdown.Get(Sys).ShutdownReason).ExitCode);
    }

    [Fact]
    public async Task A_document_whose_labels_can_not_be_decoded_fails_alone()
    {
        // The decoder knows two labels, this one is the third.
        var setup = TestSetup.Of((_, _) => new ScriptedClassifier(3, id => id == 'P' ? 2 : 0));
        var outcomes = (await Start(setup).Ask<Recognised>(new Recognise([Doc("Anna"), Doc("Poison"), Doc("Carl")]), Patience)).Outcomes;
        Assert.Equal([true, false, true], outcomes.Select(outcome => outcome is DocumentOutcome.Labelled));
        Assert.Equal(FailureCode.InferenceFailed, ((DocumentOutcome.Failed)outcomes[1]).Code);
        Assert.Equal(1, ((ScriptedClassifiers)setup.Classifiers).Starts(0));
    }

    [Fact]
    public async Task A_dead_device_ends_its_lane_at_once_and_the_process_when_it_was_the_last()
    {
        var setup = TestSetup.Of((_, _) => Before(_ => throw Dead()), lanes: 2) with { Options = NeverAgain };
        var actor = Start(setup);
        actor.Tell(new Recognise([.. Enumerable.Range(0, 50).Select(_ => Doc("Anna"))]), TestActor);
        await Sys.WhenTerminated.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.IsType<DevicesLost>(CoordinatedShutdown.Get(Sys).ShutdownReason);
        Assert.Equal((1, 1), (((ScriptedClassifiers)setup.Classifiers).Starts(0), ((ScriptedClassifiers)setup.Classifiers).Starts(1)));
    }

    [Fact]
    public async Task A_lane_on_another_device_goes_on_when_one_is_dead()
    {
        var setup = TestSetup.Of((lane, _) => lane.Lane == 0 ? Before(_ => throw Dead())
            : TestSetup.Capitals(), lanes: 2) with
        { Options = NeverAgain };
        var actor = Start(setup);
        var answer = await actor.Ask<Recognised>(new Recognise([.. Enumerable.Range(0, 100).Select(_ => Doc("Anna"))]), Patience);
        Assert.All(answer.Outcomes, outcome => Assert.IsType<DocumentOutcome.Labelled>(outcome));
    }

    [Fact]
    public async Task What_no_lane_can_compute_is_told_so_before_the_drain()
    {
        var actor = Start(TestSetup.Of((_, _) => Before(_ => throw Dead())));
        var answer = actor.Ask<Recognised>(new Recognise([Doc("Anna")]), Timeout.InfiniteTimeSpan);
        var drained = false;
        CoordinatedShutdown.Get(Sys).AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "drain", async () =>
        {
            await Assert.ThrowsAsync<RecognitionStoppedException>(() => answer);
            drained = true;
            return Akka.Done.Instance;
        });
        await Sys.WhenTerminated.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.True(drained);
    }

    private static RecognitionOptions NeverAgain =>
        new() { Tokenizers = 1, RestartMinBackoff = TimeSpan.FromHours(1), RestartMaxBackoff = TimeSpan.FromHours(1) };

    private static InferenceException Dead() =>
        new("CUDA failure 700: an illegal memory access was encountered", isTransient: false) { DeviceIsDead = true };

    private static ScriptedClassifier Before(Action<TokenBatch> before) =>
        new(2, id => char.IsAsciiLetterUpper((char)id) ? 1 : 0) { BeforeRun = before };

    private static Document Doc(string text) => new(new DocumentId("d"), text);

    private static Task<RecognitionProtocol.Status> StatusAsync(IActorRef actor) =>
        actor.Ask<RecognitionProtocol.Status>(GetStatus.Instance, Patience);

    private static async Task<DocumentOutcome.Labelled> AskAsync(IActorRef actor, string text) =>
        Assert.IsType<DocumentOutcome.Labelled>(
            Assert.Single((await actor.Ask<Recognised>(new Recognise([Doc(text)]), Patience)).Outcomes));

    // It may not have been started yet, which is said at once.
    private async Task BreakBatcherAsync(string model)
    {
        IActorRef batcher = ActorRefs.Nobody;
        await AwaitAssertAsync(async () =>
            batcher = await Sys.ActorSelection($"/user/recognition/model-{model}/batcher").ResolveOne(Patience), Patience);
        batcher.Tell(new BatcherProtocol.Enqueue(Asker.Stream, null!));
    }

    private IActorRef Start(params RecognitionSetup[] models) =>
        RecognitionRegistration.Start(Sys, new EnsembleSetup { Models = [.. models] });
}
