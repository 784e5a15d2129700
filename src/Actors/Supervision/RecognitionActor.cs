using Akka.Actor;
using Akka.Event;
using Akka.Routing;
using StreamNer.Actors.Devices;
using StreamNer.Actors.Labelling;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Joining;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Supervision;

/// <summary>The root: owns the actors of every model and of the rules, hands each question to them, and joins their answers.</summary>
/// <remarks>
/// <code>
///              ┌─▶ model-&lt;name&gt; ─┐
/// Recognise ───┼─▶ model-&lt;name&gt; ─┼─▶ join ─▶ Recognised
///              └─▶ rules ×N ─────┘
/// </code>
/// <para>
/// Every question gets one answer. What fails below is stopped, never restarted in place: whoever waits for it is told, and the model's
/// whole tree is built anew after a back-off. After too many failures the process ends.
/// </para>
/// <para>
/// Requests are bounded in characters here, before any work; the stream is bounded by itself. A question that nobody waits for any more,
/// because it was called back or its time is up, is forgotten at once, and everybody who works on it drops what is left.
/// </para>
/// </remarks>
internal sealed class RecognitionActor : ReceiveActor, IWithTimers
{
    /// <summary>Most characters of one chunk for the rules, and most documents: enough to be worth a message.</summary>
    private const int ChunkCharacters = 65_536;

    private const int ChunkDocuments = 64;

    private readonly EnsembleSetup _setup;
    private readonly RecognitionOptions _options;
    private readonly TimeProvider _clock;
    private readonly OutcomeJoiner _joiner;
    private readonly WaitingQuestions _waiting;
    private readonly Dictionary<Question, OpenQuestion> _open = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<long, OpenQuestion> _byNumber = [];
    private readonly Model[] _models;
    private readonly Restarts _rulesRestarts;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private IActorRef? _rules;
    private long _asked;
    private IActorRef? _stoppingRules;

    public RecognitionActor(EnsembleSetup setup)
    {
        _setup = setup;
        (_options, _clock) = (setup.Models[0].Options, setup.Models[0].Clock);
        _joiner = new OutcomeJoiner(setup.Names, setup.Rules);
        _waiting = new WaitingQuestions(_clock);
        _models = [.. setup.Models.Select((model, number) => new Model(number, model))];
        _rulesRestarts = _options.CountRestarts(_clock);

        Receive<Recognise>(OnRecognise);
        Receive<ModelProtocol.Labelled>(OnLabelled);
        Receive<RulesActor.Matched>(OnMatched);
        Receive<Abandoned>(OnAbandoned);
        Receive<DeviceProtocol.LanesChanged>(OnLanesChanged);
        Receive<ChildFailed>(OnChildFailed);
        Receive<Terminated>(OnTerminated);
        Receive<StartModel>(message => Start(message.Model));
        Receive<StartRules>(_ => StartMatchers());
        Receive<StopOverdue>(OnStopOverdue);
        Receive<GetStatus>(_ => Sender.Tell(Describe(Context.System)));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(EnsembleSetup setup) => Akka.Actor.Props.Create(() => new RecognitionActor(setup));

    protected override void PreStart()
    {
        ActorsTelemetry.RootAdded(_waiting, _waiting.Measure);
        if (IsNode)
        {
            var system = Context.System;
            PoolTelemetry.NodeStarted(_waiting, () => Describe(system));
        }

        foreach (var model in _models)
            Start(model);
        StartMatchers();
    }

    protected override void PostStop()
    {
        ActorsTelemetry.RootGone(_waiting);
        if (IsNode)
            PoolTelemetry.NodeStopped(_waiting);
        foreach (var open in _open.Values.ToArray())
            Fail(open, new RecognitionStoppedException());
    }

    /// <summary>What is open can't be carried over into a new root, so there is none: the orchestrator starts a new process.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        _log.Error(reason, "the recognition actor failed, the process ends with exit code {ExitCode}", RecognitionFailed.Instance.ExitCode);
        EndProcess(RecognitionFailed.Instance);
        base.PreRestart(reason, message);
    }

    protected override SupervisorStrategy SupervisorStrategy() => new StopAndTell(Self);

    private bool IsNode => _setup.Models[0].Pool is not null;

    // Any thread: what is measured is read so as well.
    private RecognitionProtocol.Status Describe(ActorSystem system) => new(
        [.. _models.SelectMany(model => model.Lanes)],
        _waiting.Measure(Asker.Stream).Documents + _waiting.Measure(Asker.Request).Documents)
    {
        Models = _setup.Names,
        Nodes = IsNode ? KnownNodes.List(system, [.. _models.SelectMany(model => model.Refusals)]) : [],
    };

    private void OnRecognise(Recognise message)
    {
        var asked = message.Model is { } name ? [_setup.Names.IndexOf(name)] : Enumerable.Range(0, _models.Length).ToArray();
        if (asked is [< 0])
        {
            Sender.Tell(new Akka.Actor.Status.Failure(
                new ArgumentException($"no model is called {message.Model}; there are {string.Join(", ", _setup.Names)}",
                    nameof(message))));
            return;
        }

        if (message.Documents.Count == 0)
        {
            Sender.Tell(new Recognised([]));
            return;
        }

        if (message.CalledBack.IsCancellationRequested)
        {
            ActorsTelemetry.QuestionAbandoned(message.Asker);
            Sender.Tell(new Akka.Actor.Status.Failure(new RecognitionAbandonedException("it was called back before it came here")));
            return;
        }

        var open = new OpenQuestion(
            _asked++, new Question(message.Documents, message.Asker) { Progress = message.Progress }, asked,
                rules: _setup.Rules is not null, Sender, _clock.GetTimestamp());
        if (IsTooMuch(open) is { } busy)
        {
            ActorsTelemetry.QuestionRefused();
            Sender.Tell(new Akka.Actor.Status.Failure(busy));
            return;
        }

        // Nobody may wait for what is gone: the stream reads its documents again, and whoever asks over HTTP is told to come again.
        if (Array.Exists(asked, number => _models[number].Actor is null) || _setup.Rules is not null && _rules is null)
        {
            Sender.Tell(new Akka.Actor.Status.Failure(new RecognitionStoppedException()));
            return;
        }

        Begin(open, message);
    }

    private RecognitionBusyException? IsTooMuch(OpenQuestion open)
    {
        if (open.Question.Asker != Asker.Request)
            return null;
        var (questions, characters, _, oldest) = _waiting.Measure(Asker.Request);
        return questions > 0 && characters + open.Characters > _options.MaxWaitingCharacters
            ? new RecognitionBusyException(characters, _options.MaxWaitingCharacters,
                TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(oldest.TotalSeconds), 1, 30)))
            : null;
    }

    private void Begin(OpenQuestion open, Recognise message)
    {
        _open.Add(open.Question, open);
        _byNumber.Add(open.Number, open);
        _waiting.Add(open);
        if (message.CalledBack.CanBeCanceled)
        {
            var self = Self;
            open.CallBack = message.CalledBack.UnsafeRegister(_ => self.Tell(new Abandoned(open.Number, "it was called back")), null);
        }

        if (message.Patience != Timeout.InfiniteTimeSpan)
            Timers.StartSingleTimer(open.Number, new Abandoned(open.Number, $"no answer within {message.Patience}"), message.Patience);
        foreach (var number in open.Models)
            _models[number].Actor!.Tell(new ModelProtocol.Label(open.Question));
        AskRules(open.Question);
    }

    private void AskRules(Question question)
    {
        if (_rules is null)
            return;

        for (var from = 0; from < question.Documents.Count;)
        {
            var (count, characters) = (0, 0);
            while (from + count < question.Documents.Count && count < ChunkDocuments && characters < ChunkCharacters)
                characters += question.Documents[from + count++].Text.Length;
            _rules.Tell(new RulesActor.Match(question, from, count));
            from += count;
        }
    }

    private void OnLabelled(ModelProtocol.Labelled answer)
    {
        // An answer of actors that were stopped meanwhile finds its question answered already.
        if (!_open.TryGetValue(answer.Question, out var open) || Array.Find(_models, model => Sender.Equals(model.Actor)) is not { } model)
            return;

        open.Add(model.Number, answer.Outcomes);
        AnswerIfComplete(open);
    }

    private void OnMatched(RulesActor.Matched answer)
    {
        if (!_open.TryGetValue(answer.Question, out var open))
            return;

        open.Add(answer.From, answer.Matches);
        AnswerIfComplete(open);
    }

    /// <summary>
    /// Answers first and forgets then: should joining fail as a whole, the question is still known and its asker is told.
    /// </summary>
    private void AnswerIfComplete(OpenQuestion open)
    {
        if (!open.IsComplete)
            return;

        open.ReplyTo.Tell(new Recognised(_setup.IsSingle ? open.Outcomes() : open.Joined(_joiner.Join, LogUnjoined)));
        Forget(open);
    }

    private void LogUnjoined(Document document, Exception cause) =>
        _log.Error(cause, "what the models say of a document of {Length} characters can't be joined", document.Text.Length);

    private void OnAbandoned(Abandoned message)
    {
        if (!_byNumber.TryGetValue(message.Number, out var open))
            return;

        ActorsTelemetry.QuestionAbandoned(open.Question.Asker);
        Fail(open, new RecognitionAbandonedException(message.Why));
    }

    /// <summary>Answers with a failure; whoever still works on the question drops the rest of it.</summary>
    private void Fail(OpenQuestion open, Exception why)
    {
        open.ReplyTo.Tell(new Akka.Actor.Status.Failure(why));
        open.Question.Abandon();
        foreach (var number in open.Models.Where(open.WaitsFor))
            _models[number].Actor?.Tell(new ModelProtocol.Abandon(open.Question));
        Forget(open);
    }

    private void Forget(OpenQuestion open)
    {
        open.CallBack.Unregister();
        Timers.Cancel(open.Number);
        _waiting.Remove(open);
        _open.Remove(open.Question);
        _byNumber.Remove(open.Number);
    }

    private void OnLanesChanged(DeviceProtocol.LanesChanged message)
    {
        if (Array.Find(_models, model => Sender.Equals(model.Actor)) is not { } model)
            return;

        model.Lanes = message.Lanes;
        model.Refusals = message.Refusals;
        LaneStatus[] own = [.. model.Lanes.Where(lane => lane.IsOwn)];
        if (Array.TrueForAll(own, lane => lane.State == LaneState.Ready))
            model.Restarts.Ready();

        // The process is about to end. What no lane can compute must not hold up its drain.
        if (own.Length > 0 && Array.TrueForAll(own, lane => lane.State == LaneState.Lost))
            Lose(model);
    }

    private void Lose(Model model)
    {
        model.Actor = null;
        foreach (var open in _open.Values.Where(open => open.WaitsFor(model.Number)).ToArray())
            Fail(open, new RecognitionStoppedException());
    }

    private void OnChildFailed(ChildFailed failed)
    {
        if (Array.Find(_models, model => failed.Child.Equals(model.Actor)) is { } model)
        {
            _log.Error(failed.Cause, "the actors of model {Model} failed, they are stopped and started anew", model.Setup.Model);
            model.Lanes = [.. model.Lanes.Select(lane => lane with { State = LaneState.Restarting })];
            model.Stopping = model.Actor;
            Lose(model);
            Timers.StartSingleTimer(model, new StopOverdue(model.Setup.Model), _options.StallTimeout * 2);
        }
        else if (failed.Child.Equals(_rules))
        {
            _log.Error(failed.Cause, "the rules failed, their actors are stopped and started anew");
            (_stoppingRules, _rules) = (_rules, null);
            foreach (var open in _open.Values.Where(open => open.WaitsForRules).ToArray())
                Fail(open, new RecognitionStoppedException());
        }
    }

    private void OnTerminated(Terminated ended)
    {
        if (Array.Find(_models, model => ended.ActorRef.Equals(model.Stopping) || ended.ActorRef.Equals(model.Actor)) is { } model)
        {
            Timers.Cancel(model);
            Lose(model);
            model.Stopping = null;
            StartAgain($"model {model.Setup.Model}", model.Restarts, model, new StartModel(model));
        }
        else if (ended.ActorRef.Equals(_stoppingRules) || ended.ActorRef.Equals(_rules))
        {
            (_stoppingRules, _rules) = (null, null);
            foreach (var open in _open.Values.Where(open => open.WaitsForRules).ToArray())
                Fail(open, new RecognitionStoppedException());
            StartAgain("the rules", _rulesRestarts, RulesKey, StartRules.Instance);
        }
    }

    private const string RulesKey = "rules";

    private void StartAgain(string what, Restarts restarts, object key, object message)
    {
        if (restarts.Lost() is { } wait)
        {
            _log.Warning("the actors of {What} start again in {Seconds:F1} s (restart {Restart})", what, wait.TotalSeconds, restarts.Total);
            Timers.StartSingleTimer(key, message, wait);
            return;
        }

        _log.Error(
            "the actors of {What} failed {Restarts} times, which is {Setting} and once more: the process ends with exit code {ExitCode}",
            what, restarts.Total + 1, $"{RecognitionOptions.Section}:{nameof(RecognitionOptions.MaxRestarts)}",
            RecognitionFailed.Instance.ExitCode);
        EndProcess(RecognitionFailed.Instance);
    }

    private void OnStopOverdue(StopOverdue message)
    {
        _log.Error("the actors of model {Model} failed and did not stop within {Limit:F0} s, a lane hangs: the process "
            + "ends with exit code {ExitCode}",
            message.Model, _options.StallTimeout.TotalSeconds * 2, RecognitionFailed.Instance.ExitCode);
        EndProcess(RecognitionFailed.Instance);
    }

    private static void Start(Model model)
    {
        model.Lanes =
        [
            .. model.Setup.Lanes.Select(lane =>
                new LaneStatus(lane.Lane, lane.Device, LaneState.Loading, model.RestartsOf(lane.Lane)) { Model = model.Setup.Model }),
        ];
        model.Actor = Context.ActorOf(ModelActor.Props(model.Setup), RecognitionSetup.ActorNameOf(model.Setup.Model));
        Context.Watch(model.Actor);
    }

    private void StartMatchers()
    {
        if (_setup.Rules is not { } rules)
            return;

        _rules = Context.ActorOf(
            RulesActor.Props(rules).WithRouter(new RoundRobinPool(_setup.Models[0].Tokenizers)
                .WithSupervisorStrategy(new OneForOneStrategy(localOnlyDecider: _ => Directive.Escalate))),
            "rules");
        Context.Watch(_rules);
    }

    private static void EndProcess(CoordinatedShutdown.Reason reason) => _ = CoordinatedShutdown.Get(Context.System).Run(reason);

    /// <summary>One model and its actors.</summary>
    private sealed class Model(int number, RecognitionSetup setup)
    {
        private volatile IReadOnlyList<LaneStatus> _lanes = [];
        private volatile IReadOnlyList<LaneRefusal> _refusals = [];

        public int Number { get; } = number;

        public RecognitionSetup Setup { get; } = setup;

        public Restarts Restarts { get; } = setup.Options.CountRestarts(setup.Clock);

        /// <summary>Null while there is nobody to ask.</summary>
        public IActorRef? Actor { get; set; }

        /// <summary>What failed and has not stopped yet.</summary>
        public IActorRef? Stopping { get; set; }

        public IReadOnlyList<LaneStatus> Lanes
        {
            get => _lanes;
            set => _lanes = value;
        }

        /// <summary>Nodes that give no lanes.</summary>
        public IReadOnlyList<LaneRefusal> Refusals
        {
            get => _refusals;
            set => _refusals = value;
        }

        public int RestartsOf(int lane) => Lanes.FirstOrDefault(each => each.Lane == lane)?.Restarts ?? 0;
    }

    /// <summary>Stops a child that failed, and says which one it was and why.</summary>
    private sealed class StopAndTell(IActorRef root) : OneForOneStrategy(localOnlyDecider: _ => Directive.Stop)
    {
        protected override Directive Handle(IActorRef child, Exception exception)
        {
            root.Tell(new ChildFailed(child, exception));
            return Directive.Stop;
        }
    }

    /// <summary>
    /// Nobody waits for a question any more. It is named by its number: a scheduler keeps what it was to send for seconds after it was
    /// called off, and the texts with it.
    /// </summary>
    private sealed record Abandoned(long Number, string Why);

    private sealed record ChildFailed(IActorRef Child, Exception Cause);

    private sealed record StartModel(Model Model);

    private sealed record StopOverdue(string Model);

    private sealed class StartRules
    {
        public static readonly StartRules Instance = new();

        private StartRules()
        {
        }
    }
}
