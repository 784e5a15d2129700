using Akka.Actor;
using Akka.Event;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;
using static StreamNer.Actors.Batching.BatcherProtocol;

namespace StreamNer.Actors.Batching;

/// <summary>Keeps the windows that wait and hands them to the lanes in batches; takes back what a lost lane had.</summary>
/// <remarks>
/// Lanes pull. A lane asks for its next batch before it computes the one it has, so that the next one lies in its mailbox when it is done.
/// What was handed out is remembered until the lane says that it is computed: a lane that dies loses nothing.
/// </remarks>
internal sealed class BatcherActor : ReceiveActor, IWithTimers
{
    private readonly RecognitionSetup _setup;
    private readonly IActorRef _model;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly SharedQueue _queue;
    private readonly Dictionary<IActorRef, Lane> _lanes = [];
    private readonly HashSet<IActorRef> _watchers = [];
    private bool _hasWork;

    /// <param name="setup">The model's.</param>
    /// <param name="model">Gets windows that are finished without a lane, or dropped.</param>
    public BatcherActor(RecognitionSetup setup, IActorRef model)
    {
        _setup = setup;
        _model = model;
        _queue = new SharedQueue(setup.Budget, setup.Options.RequestShare, setup.Clock);

        Receive<Enqueue>(OnEnqueue);
        Receive<Demand>(OnDemand);
        Receive<Computed>(_ => _lanes.GetValueOrDefault(Sender)?.HandedOut.Dequeue());
        Receive<FlushDue>(_ => HandOut());
        Receive<DropAbandoned>(_ => TellDropped(_queue.TakeAbandoned()));
        Receive<Withdraw>(OnWithdraw);
        Receive<GiveBack>(_ => OnLaneLost(Sender, suspect: false));
        Receive<Watch>(_ => OnWatch());
        Receive<Terminated>(ended =>
        {
            if (!_watchers.Remove(ended.ActorRef))
                OnLaneLost(ended.ActorRef, suspect: true);
        });
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(RecognitionSetup setup, IActorRef model) => Akka.Actor.Props.Create(() => new BatcherActor(setup, model));

    // What waits here is asked for again where the model is set up anew, and is counted there.
    protected override void PostStop() =>
        ActorsTelemetry.Queued(_setup.Model, -_queue.Tokens - _queue.TakeLeftOut().Sum(window => (long)window.Length));

    private void OnEnqueue(Enqueue message)
    {
        long tokens = 0;
        foreach (var window in message.Windows)
        {
            _queue.Add(message.Asker, window);
            tokens += window.Length;
        }

        ActorsTelemetry.Queued(_setup.Model, tokens);
        HandOut();
    }

    private void OnDemand(Demand demand)
    {
        if (!_lanes.TryGetValue(Sender, out var lane))
        {
            lane = new Lane(Sender, demand.Budget ?? _setup.Budget);
            _lanes.Add(Sender, lane);
            Context.Watch(Sender);
        }

        // A lane that has run dry repeats its demand; if its batch is on the way by then, there is nothing left to ask for.
        if (demand.Number > lane.Answered)
        {
            lane.Wanted = demand.Number;
            lane.IsIdle = demand.IsIdle;
        }

        HandOut();
    }

    private void OnWithdraw(Withdraw message)
    {
        if (!_lanes.TryGetValue(Sender, out var lane) || !lane.Wants || lane.Wanted != message.Number)
            return;
        lane.Wanted = lane.Answered;
        Sender.Tell(new Withdrawn(message.Number));
    }

    private void OnWatch()
    {
        _watchers.Add(Sender);
        Context.Watch(Sender);
        Sender.Tell(new WorkChanged(_hasWork));
    }

    private void TellWatchers()
    {
        var hasWork = _queue.Count > 0;
        if (hasWork == _hasWork)
            return;
        _hasWork = hasWork;
        foreach (var watcher in _watchers)
            watcher.Tell(new WorkChanged(hasWork));
    }

    private void HandOut()
    {
        while (_queue.Count > 0 && _lanes.Values.FirstOrDefault(lane => lane.Wants && lane.IsIdle) is { } idle)
            HandTo(idle);
        while (_queue.Count > 0 && _lanes.Values.FirstOrDefault(lane => lane.Wants && IsDueFor(lane)) is { } busy)
            HandTo(busy);

        TellDropped(_queue.TakeLeftOut());
        TellWatchers();
        if (_queue.OldestWait() is { } waited && _lanes.Values.Any(lane => lane.Wants))
        {
            Timers.StartSingleTimer(FlushDue.Instance, FlushDue.Instance,
                Longest(_setup.Batching.MaxBatchWait - waited, TimeSpan.FromMilliseconds(1)));
        }
        else
        {
            Timers.Cancel(FlushDue.Instance);
        }
    }

    private bool IsDueFor(Lane lane) => _queue.Fills(lane.Budget) || _queue.OldestWait() >= _setup.Batching.MaxBatchWait;

    private void HandTo(Lane lane)
    {
        var waited = _queue.OldestWait() ?? TimeSpan.Zero;
        if (_queue.Take(lane.Budget) is not var (asker, batch))
            return;

        ActorsTelemetry.BatchTaken(_setup.Model, batch, waited);
        lane.Answered = lane.Wanted;
        lane.HandedOut.Enqueue((asker, batch));
        lane.Actor.Tell(new Compute(batch));
    }

    // Only the oldest batch was being computed, if any; what lay behind it in the mailbox is above suspicion.
    private void OnLaneLost(IActorRef actor, bool suspect)
    {
        if (!_lanes.Remove(actor, out var lane))
            return;

        Context.Unwatch(actor);
        foreach (var (asker, batch) in lane.HandedOut)
        {
            foreach (var window in batch.Windows)
                TakeBack(asker, window, suspect);
            suspect = false;
        }

        HandOut();
    }

    private void TakeBack(RecognitionProtocol.Asker asker, TokenWindow window, bool suspect)
    {
        if (suspect && ++window.LaneLosses >= _setup.Options.MaxLaneLosses)
        {
            _log.Warning(
                "a window of {Length} pieces was in {Losses} batches that lost their lane; its document fails", window.Length,
                    window.LaneLosses);
            _model.Tell(new Finished([window],
                [new WindowFailure(window, FailureCode.LaneLost, $"{window.LaneLosses} lanes were lost while they computed it",
                    window.LaneLosses)]));
            return;
        }

        _queue.Return(asker, window);
        ActorsTelemetry.Queued(_setup.Model, window.Length);
    }

    private void TellDropped(IReadOnlyList<TokenWindow> windows)
    {
        if (windows.Count == 0)
            return;

        ActorsTelemetry.WindowsDropped(_setup.Model, windows);
        _model.Tell(new BatcherProtocol.Dropped(windows));
    }

    private static TimeSpan Longest(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private sealed class Lane(IActorRef actor, PaddedTokenBudget budget)
    {
        public IActorRef Actor { get; } = actor;

        public PaddedTokenBudget Budget { get; } = budget;

        public Queue<(RecognitionProtocol.Asker Asker, TokenBatch Batch)> HandedOut { get; } = new();

        public long Wanted { get; set; }

        public long Answered { get; set; }

        public bool IsIdle { get; set; }

        public bool Wants => Wanted > Answered;
    }

    private sealed class FlushDue
    {
        public static readonly FlushDue Instance = new();

        private FlushDue()
        {
        }
    }
}
