using Akka.Actor;
using Akka.Event;
using StreamNer.Actors.Recognition;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Pipeline;

/// <summary>
/// Owns the pipeline at <c>/user/pipeline</c>: waits for the broker, runs the graph, starts it again when it fails, drains it.
/// </summary>
/// <remarks>
/// <code>
/// Connecting ──reached──▶ Running ──failed──▶ Restarting
///     │                     │  ▲──────wait over──┘ │
///     │ out of time         │ stop                 │ stop
///     ▼                     ▼                      ▼
/// process ends (4)       Draining ──ended──▶    Stopped
/// </code>
/// A restart is always of the whole graph, from the committed offsets: a part of it alone would lose what was in flight there.
/// </remarks>
internal sealed class PipelineActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan ProbeTopicsEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MostBetweenChecks = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan FencedAgainWithin = TimeSpan.FromMinutes(10);

    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly PipelineSetup _setup;
    private readonly IActorRef _recogniser;
    private readonly ModelIdentity _model;
    private readonly Restarts _restarts;
    private readonly List<IActorRef> _waitForDrain = [];
    private IActorRef _run = ActorRefs.Nobody;
    private Exception? _failure;
    private int _runs;
    private long? _fencedAt;

    public PipelineActor(PipelineSetup setup, IActorRef recogniser, ModelIdentity model)
    {
        _setup = setup;
        _recogniser = recogniser;
        _model = model;
        var (min, max) = (setup.Pipeline.MinRestartBackoff, setup.Pipeline.MaxRestartBackoff);
        _restarts = new Restarts(min, max, healthyAfter: max, TimeProvider.System) { Jitter = Random.Shared };
        Connecting();
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Makes the pipeline's props.</summary>
    /// <param name="setup">What it is made of.</param>
    /// <param name="recogniser">Understands <see cref="Actors.Recognition.RecognitionProtocol.Recognise"/>.</param>
    /// <param name="model">Whose name and hash stand in the events.</param>
    public static Props Props(PipelineSetup setup, IActorRef recogniser, ModelIdentity model) =>
        Akka.Actor.Props.Create(() => new PipelineActor(setup, recogniser, model));

    /// <inheritdoc/>
    protected override void PreStart() => ProbeTopics(_setup.Kafka.ConnectTimeout);

    /// <inheritdoc/>
    /// <remarks>A run ends by its own account, so one that breaks is not restarted in place.</remarks>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void Connecting()
    {
        _setup.Status.Became(PipelineState.Connecting);
        Receive<TopicReport>(report =>
        {
            OnTopics(report);
            Start();
        });
        Receive<Unreachable>(unreachable => EndProcess(unreachable.Reason, BrokerUnreachable.Instance));
        Receive<PipelineProtocol.ICommand>(command =>
        {
            OnCommand(command);
            Stop();
        });
    }

    private void Running()
    {
        _setup.Status.Became(PipelineState.Running);
        Timers.StartPeriodicTimer(CheckProgress.Instance, CheckProgress.Instance, CheckProgressEvery);
        Receive<CheckProgress>(_ => OnCheckProgress());
        Receive<PipelineRunActor.Ended>(ended => _failure = ended.Failure);
        Receive<RunGone>(_ => Restart());
        Receive<PipelineProtocol.ICommand>(command =>
        {
            OnCommand(command);
            _run.Tell(PipelineProtocol.StopIntake.Instance);
            Become(Draining);
        });
        ReceiveTopics();
    }

    private void Restarting()
    {
        Receive<CheckProgress>(_ => { });
        Receive<StartAgain>(_ => Start());
        Receive<PipelineProtocol.ICommand>(command =>
        {
            Timers.Cancel(StartAgain.Instance);
            OnCommand(command);
            Stop();
        });
        ReceiveTopics();
    }

    private void Draining()
    {
        // The drain has a time of its own.
        Receive<CheckProgress>(_ => { });
        _setup.Status.Became(PipelineState.Draining);
        Receive<PipelineRunActor.Ended>(ended => _failure = ended.Failure);
        Receive<RunGone>(_ =>
        {
            if (_failure is { } failure)
            {
                _log.Warning("the graph failed while it drained: {Reason}. What was in flight is read again by the next instance",
                    failure.Message);
            }

            Stop();
        });
        Receive<PipelineProtocol.ICommand>(OnCommand);
        ReceiveTopics();
    }

    private void Stopped()
    {
        _setup.Status.Became(PipelineState.Stopped);
        Receive<PipelineProtocol.Drain>(_ => Sender.Tell(PipelineProtocol.Drained.Instance));
        Receive<PipelineProtocol.ICommand>(_ => { });

        // Answers to questions that were asked before.
        Receive<CheckProgress>(_ => { });
        Receive<TopicReport>(_ => { });
        Receive<Unreachable>(_ => { });
        Receive<ProbeAgain>(_ => { });
    }

    // The same in every state that may still run: late news, only worth keeping the status up to date.
    private void ReceiveTopics()
    {
        Receive<ProbeAgain>(_ => ProbeTopics(ProbeTopicsEvery));
        Receive<TopicReport>(OnTopics);
        Receive<Unreachable>(_ => Timers.StartSingleTimer(ProbeAgain.Instance, ProbeAgain.Instance, ProbeTopicsEvery));
    }

    private void Start()
    {
        _failure = null;
        _restarts.Ready();
        _run = Context.ActorOf(PipelineRunActor.Props(_setup, _recogniser, _model), $"run-{++_runs}");
        Context.WatchWith(_run, RunGone.Instance);
        Become(Running);
    }

    private TimeSpan CheckProgressEvery
    {
        get
        {
            var often = _setup.Pipeline.StallTimeout / 10;
            return often > MostBetweenChecks ? MostBetweenChecks : often;
        }
    }

    // Every step has limits of its own; this is for what none of them sees, such as an answer that is lost.
    private void OnCheckProgress()
    {
        if (_setup.Status.Flight is not { } flight || flight.SinceProgress < _setup.Pipeline.StallTimeout)
            return;

        var underWay = flight.DescribeUnderWay();
        _setup.Status.StalledAt(underWay);
        _log.Error("nothing has been finished for {Seconds} s; under way: {UnderWay}. The graph is restarted",
            Math.Round(flight.SinceProgress.TotalSeconds), underWay);
        Timers.Cancel(CheckProgress.Instance);
        _run.Tell(new PipelineRunActor.Abandon($"nothing was finished within "
            + $"{PipelineOptions.Section}:{nameof(PipelineOptions.StallTimeout)} {_setup.Pipeline.StallTimeout}; under way: {underWay}"));
    }

    private void Restart()
    {
        Timers.Cancel(CheckProgress.Instance);
        var failure = _failure ?? new InvalidOperationException("the run ended although nobody asked it to");
        if (failure is TransactionFailedException { Way: TransactionWay.Fenced })
        {
            // The first time takes the name back, since the other may have been an instance that was about to end. Taking it again would
            // go on for ever, each aborting what the other has open.
            if (_fencedAt is { } before && TimeProvider.System.GetElapsedTime(before) < FencedAgainWithin)
            {
                EndProcess(failure.Message, TransactionalIdTaken.Instance);
                return;
            }

            _fencedAt = TimeProvider.System.GetTimestamp();
        }

        var wait = _restarts.Lost()!.Value;
        _setup.Status.Failed(failure.Message);
        _log.Error(failure, "the graph failed: {Reason}. Restart {Attempt} in a row in {Seconds} s, from the committed offsets",
            failure.Message, _restarts.InARow, Math.Round(wait.TotalSeconds, 1));
        Timers.StartSingleTimer(StartAgain.Instance, StartAgain.Instance, wait);
        Become(Restarting);
    }

    private void EndProcess(string reason, CoordinatedShutdown.Reason why)
    {
        _log.Error("{Reason}; giving up", reason);
        Stop();
        _ = CoordinatedShutdown.Get(Context.System).Run(why);
    }

    private void Stop()
    {
        foreach (var waiting in _waitForDrain)
            waiting.Tell(PipelineProtocol.Drained.Instance);
        _waitForDrain.Clear();
        Become(Stopped);
    }

    private void OnCommand(PipelineProtocol.ICommand command)
    {
        if (command is PipelineProtocol.Drain)
            _waitForDrain.Add(Sender);
    }

    private void OnTopics(TopicReport report)
    {
        _setup.Status.Misses(report.MissingInputs);
        if (report.TooLong.Count > 0)
        {
            _log.Warning("a pattern matches topics that are not read, as their names leave no room for that of their dead letters: "
                + "{Topics}. Shorten {Section}:DeadLetterTopic, or name such topics by themselves in another group",
                string.Join(", ", report.TooLong), KafkaOptions.Section);
        }

        if (report.MissingInputs.Count == 0)
            return;

        _log.Warning("input topics are missing: {Topics}. Create them, or set {Section}:InputTopics; looking again every {Seconds} s",
            string.Join(", ", report.MissingInputs), KafkaOptions.Section, ProbeTopicsEvery.TotalSeconds);
        Timers.StartSingleTimer(ProbeAgain.Instance, ProbeAgain.Instance, ProbeTopicsEvery);
    }

    // Blocks while it waits for an answer, so on a thread of its own.
    private void ProbeTopics(TimeSpan atMost)
    {
        var kafka = _setup.Kafka;
        Task.Factory
            .StartNew(() => TopicProbe.Probe(kafka, atMost), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .PipeTo(Self, success: report => report, failure: cause => new Unreachable(Innermost(cause).Message));
    }

    private static Exception Innermost(Exception cause) => cause is AggregateException { InnerException: { } inner } ? inner : cause;

    private sealed record Unreachable(string Reason);

    private sealed class RunGone
    {
        public static readonly RunGone Instance = new();

        private RunGone()
        {
        }
    }

    private sealed class StartAgain
    {
        public static readonly StartAgain Instance = new();

        private StartAgain()
        {
        }
    }

    private sealed class ProbeAgain
    {
        public static readonly ProbeAgain Instance = new();

        private ProbeAgain()
        {
        }
    }

    private sealed class CheckProgress
    {
        public static readonly CheckProgress Instance = new();

        private CheckProgress()
        {
        }
    }
}
