using System.Collections.Concurrent;
using Akka.Actor;
using Akka.TestKit.Xunit;
using StreamNer.Actors.Devices;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Rules;
using StreamNer.TestSupport.Actors;
using StreamNer.TestSupport.Inference;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Tests.Supervision;

public class EnsembleActorTests() : TestKit(TestSetup.AkkaConf)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly string[] Catastrophic = ["""{"label": "L", "pattern": {"regex": "^(a+)+\\1b"}}"""];

    [Fact]
    public async Task Every_document_has_the_answers_of_all_models_in_its_place()
    {
        var texts = Enumerable.Range(0, 200).Select(i => $"this is Name{i} of {new string('x', i % 30)}").ToArray();
        var outcomes = await Ask(Start(Named("first"), Named("second")), texts);
        for (var i = 0; i < texts.Length; i++)
        {
            var labelled = Assert.IsType<DocumentOutcome.Labelled>(outcomes[i]);
            Assert.Equal([($"Name{i}", "first"), ($"Name{i}", "second")],
                labelled.Entities.Select(entity => (entity.Span.In(texts[i]).ToString(), entity.Source!.Model!)));
            Assert.Equal(["first", "second"], labelled.Models.Select(model => model.Model));
        }
    }

    [Fact]
    public async Task A_question_without_documents_is_answered_at_once() => Assert.Empty(await Ask(Start(Named("first"), Named("second"))));

    [Fact]
    public async Task A_document_that_one_model_fails_on_fails_and_names_it_and_its_neighbours_are_labelled()
    {
        var poisoned = Named("second", (_, _) => Failing(batch =>
        {
            if (batch.Windows.Any(window => window.Owner.Document.Text == "Poison"))
                throw new InferenceException("an index is out of range", isTransient: true);
        }));
        var outcomes = await Ask(Start(Named("first"), poisoned), "Anna", "Poison", "Carl");
        Assert.IsType<DocumentOutcome.Labelled>(outcomes[0]);
        Assert.IsType<DocumentOutcome.Labelled>(outcomes[2]);
        var failed = Assert.IsType<DocumentOutcome.Failed>(outcomes[1]);
        Assert.Equal(FailureCode.InferenceFailed, failed.Code);
        Assert.StartsWith("model second: ", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_is_slow_is_waited_for_and_other_questions_go_on()
    {
        using var release = new ManualResetEventSlim();
        var actor = Start(Named("first"), Named("second", (_, _) => Failing(batch =>
        {
            if (batch.Windows.Any(window => window.Owner.Document.Text == "Slow"))
                release.Wait(Patience);
        })));
        var slow = Ask(actor, "Slow");
        var fast = await actor.Ask<Recognised>(new Recognise([Doc(1, "Fast")]) { Model = "first" }, Patience);
        Assert.IsType<DocumentOutcome.Labelled>(Assert.Single(fast.Outcomes));
        Assert.False(slow.IsCompleted);
        Assert.Equal(1, (await StatusOf(actor)).DocumentsInFlight);
        release.Set();
        Assert.Equal(2, Assert.IsType<DocumentOutcome.Labelled>(Assert.Single(await slow)).Entities.Length);
        Assert.Equal(0, (await StatusOf(actor)).DocumentsInFlight);
    }

    [Fact]
    public async Task A_lane_of_one_model_that_starts_again_holds_its_documents_up_and_loses_none()
    {
        var restarting = Named("second", (_, start) => start <= 2
            ? Failing(_ => throw new InferenceException("device lost", isTransient: false)) : TestSetup.Capitals());
        var outcomes = await Ask(Start(Named("first"), restarting), [.. Enumerable.Repeat("Anna lives here", 100)]);
        Assert.All(outcomes, outcome => Assert.Equal(2, Assert.IsType<DocumentOutcome.Labelled>(outcome).Entities.Length));
        Assert.Equal(3, ((ScriptedClassifiers)restarting.Classifiers).Starts(0));
    }

    [Fact]
    public async Task When_every_lane_of_one_model_is_lost_the_process_ends_with_70()
    {
        var lost = Named("second", (_, _) => Failing(_ => throw new InferenceException("device lost", isTransient: false))) with
        {
            Options = new RecognitionOptions { MaxRestarts = 1, RestartMinBackoff = TimeSpan.FromMilliseconds(1), MaxLaneLosses = 100 },
        };
        Start(Named("first"), lost).Tell(new Recognise([Doc(0, "Anna")]), TestActor);
        await Sys.WhenTerminated.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(70, Assert.IsType<DevicesLost>(CoordinatedShutdown.Get(Sys).ShutdownReason).ExitCode);
    }

    [Fact]
    public async Task When_one_model_stops_open_questions_and_later_ones_are_told_so()
    {
        using var release = new ManualResetEventSlim();
        var slow = new RecognitionOptions
        {
            Tokenizers = 1,
            RestartMinBackoff = TimeSpan.FromMinutes(5),
            RestartMaxBackoff = TimeSpan.FromMinutes(5)
        };
        var actor = Start(Named("first"), Named("second", (_, _) => Failing(_ => release.Wait(Patience))) with { Options = slow });
        var answer = actor.Ask<IReply>(new Recognise([Doc(0, "Anna")]), Patience);
        await AwaitAssertAsync(async () => Assert.Equal(1, (await StatusOf(actor)).DocumentsInFlight));
        Sys.Stop(await Sys.ActorSelection("/user/recognition/model-second").ResolveOne(Patience));
        release.Set();
        await Assert.ThrowsAsync<RecognitionStoppedException>(() => answer);
        await Assert.ThrowsAsync<RecognitionStoppedException>(() => actor.Ask<IReply>(new Recognise([Doc(0, "Anna")]), Patience));
    }

    [Fact]
    public async Task When_the_ensemble_stops_open_questions_are_told_so()
    {
        using var release = new ManualResetEventSlim();
        var actor = Start(Named("first"), Named("second", (_, _) => Failing(_ => release.Wait(Patience))));
        var answer = actor.Ask<IReply>(new Recognise([Doc(0, "Anna")]), Patience);
        await AwaitAssertAsync(async () => Assert.Equal(1, (await StatusOf(actor)).DocumentsInFlight));
        Sys.Stop(actor);
        await Assert.ThrowsAsync<RecognitionStoppedException>(() => answer);
        release.Set();
    }

    [Fact]
    public async Task One_model_may_be_asked_alone_and_is_named_all_the_same()
    {
        var asked = new ConcurrentBag<string>();
        var actor =
            Start(Named("first", (_, _) => Failing(_ => asked.Add("first"))), Named("second", (_, _) => Failing(_ => asked.Add("second"))));
        var reply = await actor.Ask<Recognised>(new Recognise([Doc(0, "Anna")]) { Model = "second" }, Patience);
        Assert.Equal("second", Assert.Single(Assert.IsType<DocumentOutcome.Labelled>(reply.Outcomes[0]).Entities).Source!.Model);
        Assert.Equal(["second"], asked.Distinct());
        await Assert.ThrowsAsync<ArgumentException>(() =>
            actor.Ask<Recognised>(new Recognise([Doc(0, "Anna")]) { Model = "third" }, Patience));
    }

    [Fact]
    public async Task The_status_has_the_lanes_of_all_models_and_is_ready_when_all_are()
    {
        using var warm = new ManualResetEventSlim();
        var actor = Start(Named("first", lanes: 2),
            Named("second", (_, _) => new ScriptedClassifier(2, _ => 0) { BeforeWarmUp = () => warm.Wait(Patience) }));
        await AwaitAssertAsync(async () => Assert.Equal(
            [("first", LaneState.Ready), ("first", LaneState.Ready), ("second", LaneState.Loading)], (await StatusOf(actor))
                .Lanes.Select(lane => (lane.Model, lane.State))));
        Assert.False((await StatusOf(actor)).Ready);
        warm.Set();
        await AwaitAssertAsync(async () => Assert.True((await StatusOf(actor)).Ready));
    }

    [Fact]
    public async Task Rules_stand_among_the_entities_of_every_document_once_whatever_the_number_of_models()
    {
        var rules = RuleLines.Load(new RuleOptions { Conflict = RuleConflict.Model },
            """{"label": "THING", "pattern": "red house", "id": "r1"}""", """{"label": "X", "pattern": "Anna"}""");
        var outcomes =
            await Ask(Start(rules, Named("first"), Named("second")), [.. Enumerable.Range(0, 150).Select(i => $"Anna {i} red house")]);
        Assert.All(outcomes, outcome => Assert.Equal(
            ["first", "second", "r1"], Assert.IsType<DocumentOutcome.Labelled>(outcome)
                .Entities.Select(entity => entity.Source!.Model ?? entity.Source.RuleId!)));
    }

    [Fact]
    public async Task A_document_that_the_rules_take_too_long_for_fails_alone()
    {
        var rules = RuleLines.Load(new RuleOptions { MatchTimeout = TimeSpan.FromSeconds(2) }, Catastrophic);
        var outcomes = await Ask(Start(rules, Named("first")), "Anna", new string('a', 60), "Carl");
        Assert.Equal((FailureStage.Rules, FailureCode.RuleTimedOut), outcomes[1] is DocumentOutcome.Failed failed
            ? (failed.Stage, failed.Code) : default);
        Assert.IsType<DocumentOutcome.Labelled>(outcomes[0]);
        Assert.IsType<DocumentOutcome.Labelled>(outcomes[2]);
    }

    [Fact]
    public async Task Rules_are_matched_on_threads_of_the_tokenizers()
    {
        var rules = RuleLines.Load(new(), """{"label": "X", "pattern": "Anna"}""");
        var actor = Start(rules, Named("first"));
        await Ask(actor, "Anna");
        var routee = await Sys.ActorSelection(actor.Path / "rules" / "*").ResolveOne(Patience);
        Assert.Equal(DispatcherNames.Tokenizer, ((ActorRefWithCell)routee).Underlying is ActorCell cell ? cell.Dispatcher.Id : "none");
    }

    [Fact]
    public async Task One_root_owns_the_actors_of_every_model_and_of_the_rules()
    {
        var actor = Start(RuleLines.Load(new(), """{"label": "X", "pattern": "Anna"}"""), Named("first"), Named("second"));
        Assert.Equal("/user/recognition", actor.Path.ToStringWithoutAddress());
        await Ask(actor, "Anna");
        foreach (var child in new[] { "model-first", "model-second/batcher", "model-second/devices", "model-second/tokenizer-0", "rules" })
            Assert.NotNull(await Sys.ActorSelection($"/user/recognition/{child}").ResolveOne(Patience));
    }

    private static RecognitionSetup Named(string model, Func<LaneSpec, int, ITokenClassifier>? create = null, int lanes = 1) =>
        TestSetup.Of(create, lanes) with { Model = model };

    private static ScriptedClassifier Failing(Action<TokenBatch> before) =>
        new(2, id => char.IsAsciiLetterUpper((char)id) ? 1 : 0) { BeforeRun = before };

    private static Document Doc(int i, string text) => new(new DocumentId($"d{i}"), text);

    private static Task<RecognitionProtocol.Status> StatusOf(IActorRef actor) =>
        actor.Ask<RecognitionProtocol.Status>(GetStatus.Instance, Patience);

    private static async Task<IReadOnlyList<DocumentOutcome>> Ask(IActorRef actor, params string[] texts) =>
        (await actor.Ask<Recognised>(new Recognise([.. texts.Select((text, i) => Doc(i, text))]), Patience)).Outcomes;

    private IActorRef Start(params RecognitionSetup[] models) => Start(null, models);

    private IActorRef Start(EntityRules? rules, params RecognitionSetup[] models) =>
        RecognitionRegistration.Start(Sys, new EnsembleSetup { Models = [.. models], Rules = rules });
}
