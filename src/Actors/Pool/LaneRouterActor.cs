using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Remote;
using StreamNer.Actors.Batching;
using StreamNer.Actors.Devices;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Windows;
using static StreamNer.Actors.Pool.PoolProtocol;

namespace StreamNer.Actors.Pool;

/// <summary>
/// Stands between the lanes of one model on this node and every source of work, this node's own among them: spreads what the lanes ask for
/// over the sources that have work, in turns, and brings back what they computed.
/// </summary>
/// <remarks>
/// Towards lanes and their pool it is batcher and model. A lane asks one source at a time, so a batch never waits behind another source's
/// at a slow lane while a fast one has nothing to do. What a lane has is remembered here by its source; what a source has handed out,
/// there: whoever of the two is lost, the other one knows what is to be done again.
/// </remarks>
internal sealed class LaneRouterActor : ReceiveActor
{
    // A source greets every second until it is taken in: each is told of once, and so many.
    private const int MostRefused = 1000;

    private readonly RecognitionSetup _setup;
    private readonly string _hash;
    private readonly PaddedTokenBudget _budget;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<IActorRef, Lane> _lanes = [];
    private readonly Dictionary<int, Lane> _byNumber = [];
    private readonly List<Source> _sources = [];
    private readonly HashSet<(Address, string)> _refused = [];
    private IReadOnlyList<RecognitionProtocol.LaneStatus> _statuses = [];
    private int _lanesSeen;
    private int _turn;
    private IActorRef? _leaving;

    public LaneRouterActor(RecognitionSetup setup)
    {
        _setup = setup;
        _hash = setup.Hash;
        _budget = PoolSetup.BudgetOf(setup);

        // From lanes and their pool.
        Receive<BatcherProtocol.Demand>(OnDemand);
        Receive<BatcherProtocol.Finished>(OnFinished);
        Receive<BatcherProtocol.Computed>(_ => _lanes.GetValueOrDefault(Sender)?.HandedOut.Dequeue());
        Receive<DeviceProtocol.LanesChanged>(OnLanesChanged);

        // From sources.
        Receive<Greet>(OnGreet);
        Receive<WorkChanged>(message => FromSource(source => SetWork(source, message.HasWork)));
        Receive<Batch>(OnBatch);
        Receive<NoWork>(message => FromSource(source => OnNoWork(source, message)));
        Receive<Audit>(message => FromSource(source => OnAudit(source, message)));
        Receive<Left>(_ => FromSource(Forget));

        Receive<Leave>(_ => OnLeave());
        Receive<Terminated>(OnTerminated);
        Receive<DisassociatedEvent>(ended => ForgetAllOf(ended.RemoteAddress));
        Receive<ClusterEvent.UnreachableMember>(unreachable => ForgetAllOf(unreachable.Member.Address));
        Receive<ClusterEvent.IReachabilityEvent>(_ => { });
    }

    public static Props Props(RecognitionSetup setup) => Akka.Actor.Props.Create(() => new LaneRouterActor(setup));

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Cluster.Get(Context.System).Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
            typeof(ClusterEvent.IReachabilityEvent));
    }

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        Cluster.Get(Context.System).Unsubscribe(Self);
    }

    private void OnGreet(Greet greet)
    {
        if (greet.Hash != _hash)
        {
            if (_refused.Count < MostRefused && _refused.Add((Sender.Path.Address, greet.Hash)))
            {
                _log.Warning("{Source} has other files of model {Model} than this node, {Theirs} and not {Ours}: it gets no lanes here",
                    Sender.Path.Address, greet.Model, greet.Hash, _hash);
            }

            Sender.Tell(
                new Refused($"model {greet.Model} has the hash {_hash} there and {greet.Hash} here: give all nodes the same files"));
            return;
        }

        if (greet.LongestWindow > _setup.LongestWindow)
        {
            Sender.Tell(new Refused($"windows of model {greet.Model} have up to {greet.LongestWindow} pieces here, and up to "
                + $"{_setup.LongestWindow} there: give all nodes the same {WindowOptions.Section}:MaxPieces"));
            return;
        }

        if (_leaving is not null && !IsOwn(Sender))
        {
            Sender.Tell(new Refused("it is about to leave"));
            return;
        }

        if (Find(Sender) is not { } source)
        {
            source = new Source(Sender);
            _sources.Add(source);
            Context.Watch(Sender);
        }

        Sender.Tell(new Welcome(_budget, _statuses));
        SetWork(source, greet.HasWork);
    }

    private void OnLanesChanged(DeviceProtocol.LanesChanged changed)
    {
        Context.Parent.Tell(changed);
        _statuses = changed.Lanes;
        foreach (var source in _sources)
            source.Actor.Tell(new Welcome(_budget, _statuses));
    }

    private void OnDemand(BatcherProtocol.Demand demand)
    {
        if (!_lanes.TryGetValue(Sender, out var lane))
        {
            lane = new Lane(Sender, _lanesSeen++);
            _lanes.Add(Sender, lane);
            _byNumber.Add(lane.Number, lane);
            Context.Watch(Sender);
        }

        if (demand.Number <= lane.Answered)
            return;
        lane.Wanted = demand.Number;
        lane.IsIdle = demand.IsIdle;
        if (lane.Asked is { } asked)
            Ask(lane, asked);
        else
            AskNext(lane);
    }

    /// <summary>Asks the next source that has work; if none has, the lane waits until one says so.</summary>
    private void AskNext(Lane lane)
    {
        if (!lane.Wants)
            return;

        for (var i = 0; i < _sources.Count; i++)
        {
            var source = _sources[(_turn + i) % _sources.Count];
            if (!source.HasWork || (_leaving is not null && !IsOwn(source.Actor)))
                continue;
            _turn = (_turn + i + 1) % _sources.Count;
            lane.Asked = source;
            Ask(lane, source);
            return;
        }
    }

    private static void Ask(Lane lane, Source source) => source.Actor.Tell(new Pull(lane.Number, lane.Wanted, lane.IsIdle));

    private void SetWork(Source source, bool hasWork)
    {
        source.HasWork = hasWork;
        if (!hasWork)
            return;
        foreach (var lane in _lanes.Values.Where(lane => lane.Asked is null))
            AskNext(lane);
    }

    private void OnNoWork(Source source, NoWork message)
    {
        if (!_byNumber.TryGetValue(message.Lane, out var lane) || lane.Asked != source || lane.Wanted != message.Number)
            return;
        lane.Asked = null;
        AskNext(lane);
    }

    private void OnBatch(Batch message)
    {
        if (!_byNumber.TryGetValue(message.Lane, out var lane))
        {
            Sender.Tell(new LaneLost(message.Lane, Computing: false));
            return;
        }

        if (Find(Sender) is not { } source)
        {
            Sender.Tell(Unknown.Instance);
            return;
        }

        if (Misfit(message.Windows) is { } misfit)
        {
            _log.Error("{Source} sent a batch that is none of this model: {Misfit}; it is not computed", Sender.Path.Address, misfit);
            source.Actor.Tell(Unknown.Instance);
            Forget(source);
            return;
        }

        if (lane.Asked == source)
            lane.Asked = null;
        lane.Answered = Math.Max(lane.Answered, message.Number);
        lane.HandedOut.Enqueue(new HandedOut(source, message.Number, message.Windows));
        lane.Actor.Tell(new BatcherProtocol.Compute(message.Windows));
        AskNext(lane);
    }

    // What the lane and its runtime take for granted.
    private string? Misfit(TokenBatch batch)
    {
        var padded = (long)batch.Width * batch.Windows.Count;
        if (batch.Windows.Count > 1 && padded > _budget.MaxPaddedTokens)
            return $"{padded} tokens, padding included, where it may have {_budget.MaxPaddedTokens}";

        var special = _setup.Special.Before.Length + _setup.Special.After.Length;
        foreach (var window in batch.Windows)
        {
            if (window.Length - window.Range.PieceCount != special)
                return $"{window.Length - window.Range.PieceCount} special pieces in a window, the model has {special}";
            if (window.Length > _setup.LongestWindow)
                return $"{window.Length} pieces in a window, the model takes {_setup.LongestWindow}";
            foreach (var piece in window.PieceIds)
            {
                if (piece > _setup.HighestPiece)
                    return $"a piece {piece}, the highest one is {_setup.HighestPiece}";
            }
        }

        return null;
    }

    private void OnFinished(BatcherProtocol.Finished finished)
    {
        if (!_lanes.TryGetValue(Sender, out var lane) || !lane.HandedOut.TryPeek(out var computed) || computed.Source.IsGone)
            return;

        var failures = new UnscoredWindow[finished.Failed.Count];
        for (var i = 0; i < failures.Length; i++)
        {
            var failed = finished.Failed[i];
            failures[i] = new UnscoredWindow(IndexOf(computed.Windows, failed.Window), failed.Code, failed.Message, failed.Attempts);
        }

        computed.Source.Actor.Tell(new Scored(lane.Number, computed.Number, computed.Windows, failures));
    }

    private static int IndexOf(TokenBatch batch, TokenWindow window)
    {
        for (var i = 0; i < batch.Windows.Count; i++)
        {
            if (ReferenceEquals(batch.Windows[i], window))
                return i;
        }

        throw new InvalidOperationException("a lane failed a window that was not in its batch");
    }

    // Whatever it says it waits for and is not here was answered before, or never came. Every answer is ahead of this one.
    private void OnAudit(Source source, Audit audit)
    {
        if (_leaving is not null && !IsOwn(source.Actor))
            source.Actor.Tell(Leaving.Instance);
        LanePull[] missing = [.. audit.Open.Where(open => !_byNumber.TryGetValue(open.Lane, out var lane)
            || !lane.HandedOut.Any(has => has.Source == source && has.Number == open.Number))];
        if (missing.Length > 0)
            source.Actor.Tell(new Missing(missing));
        foreach (var lane in _lanes.Values.Where(lane => lane.Asked == source))
            Ask(lane, source);
        SetWork(source, audit.HasWork);
    }

    private void OnLeave()
    {
        _leaving = Sender;
        foreach (var source in _sources.Where(source => !IsOwn(source.Actor)))
            source.Actor.Tell(Leaving.Instance);
        LeaveIfAlone();
    }

    private void LeaveIfAlone()
    {
        if (_leaving is not null && _sources.TrueForAll(source => IsOwn(source.Actor)))
            _leaving.Tell(Left.Instance);
    }

    private void OnTerminated(Terminated ended)
    {
        if (_lanes.Remove(ended.ActorRef, out var lane))
            Lose(lane);
        else if (Find(ended.ActorRef) is { } source)
            Forget(source);
    }

    private void Lose(Lane lane)
    {
        _byNumber.Remove(lane.Number);
        var computing = lane.HandedOut.TryPeek(out var oldest) ? oldest.Source : null;
        foreach (var source in lane.HandedOut.Select(has => has.Source).Append(lane.Asked).OfType<Source>().Distinct())
            source.Actor.Tell(new LaneLost(lane.Number, Computing: source == computing));
    }

    // What the batches of another node hold is computed for nobody: lanes leave out what has not begun. This node's own hold the documents
    // themselves, which its batcher takes back and gives to others.
    private void Forget(Source source)
    {
        _sources.Remove(source);
        source.IsGone = true;
        Context.Unwatch(source.Actor);
        foreach (var lane in _lanes.Values)
        {
            foreach (var has in lane.HandedOut.Where(has => has.Source == source && !IsOwn(source.Actor)))
            {
                foreach (var window in has.Windows.Windows)
                    window.Owner.Abandon();
            }

            if (lane.Asked != source)
                continue;
            lane.Asked = null;
            AskNext(lane);
        }

        LeaveIfAlone();
    }

    // Lanes wait for nobody who can't be reached. Whoever is still there is told that it is not known here, and greets again.
    private void ForgetAllOf(Address node)
    {
        foreach (var source in _sources.Where(source => source.Actor.Path.Address.Equals(node)).ToArray())
            Forget(source);
    }

    private void FromSource(Action<Source> handle)
    {
        if (Find(Sender) is { } source)
            handle(source);
        else
            Sender.Tell(Unknown.Instance);
    }

    private Source? Find(IActorRef actor) => _sources.Find(source => source.Actor.Equals(actor));

    private static bool IsOwn(IActorRef actor) => actor.Path.Address.HasLocalScope;

    /// <summary>Asks the router to give everything back and take nothing more. Answered by <see cref="Left"/>.</summary>
    public sealed record Leave
    {
        public static readonly Leave Instance = new();

        private Leave()
        {
        }
    }

    private sealed class Lane(IActorRef actor, int number)
    {
        public IActorRef Actor { get; } = actor;

        public int Number { get; } = number;

        public Queue<HandedOut> HandedOut { get; } = new();

        public long Wanted { get; set; }

        public long Answered { get; set; }

        public bool IsIdle { get; set; }

        /// <summary>The source that was asked and has not answered.</summary>
        public Source? Asked { get; set; }

        public bool Wants => Wanted > Answered;
    }

    private sealed class Source(IActorRef actor)
    {
        public IActorRef Actor { get; } = actor;

        public bool HasWork { get; set; }

        public bool IsGone { get; set; }
    }

    private sealed record HandedOut(Source Source, long Number, TokenBatch Windows);
}
