using Akka.Actor;
using Akka.Event;
using StreamNer.Actors.Batching;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using static StreamNer.Actors.Pool.PoolProtocol;

namespace StreamNer.Actors.Pool;

/// <summary>The source of work that one node's lanes see: takes what they ask for to a model's batcher, and batches to them.</summary>
/// <remarks>
/// <code>
/// Greeting ──Welcome──▶ Serving ──Leaving──▶ Giving back ──last batch answered──▶ stops
///    ▲                     │
///    └── greets again ◀────┴──router gone, started anew, or not known there──▶ stops; its parent starts another
/// </code>
/// When it stops, so do the proxies of its lanes, and the batcher takes back what these had. So nothing depends on an answer ever coming.
/// </remarks>
internal sealed class PeerActor : ReceiveActor, IWithTimers
{
    // Silence is told of once it has lasted: nodes may start in any order, and load their models.
    private const int QuietGreetings = 15;

    // What another node says of itself is shown to people, so much of it.
    private const int MostReason = 500;
    private const int MostDevice = 64;
    private const int MostLanes = 1024;

    // Batches that one lane has at once.
    private const int MostOpen = 4;

    private readonly RecognitionSetup _setup;
    private readonly Address _node;
    private readonly IActorRef _batcher;
    private readonly IActorRef _model;
    private readonly ActorSelection _routers;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<int, Proxy> _proxies = [];
    private readonly HashSet<IActorRef> _ending = [];
    private IActorRef _router = ActorRefs.Nobody;
    private PaddedTokenBudget _budget;
    private string? _refusal;
    private int _greetings;
    private int _made;
    private bool _hasWork;
    private bool _leaving;

    public PeerActor(RecognitionSetup setup, Address node, IActorRef batcher, IActorRef model)
    {
        _setup = setup;
        _node = node;
        _batcher = batcher;
        _model = model;
        _routers = Context.ActorSelection(new RootActorPath(node) / PoolSetup.RouterPath(setup.Model).Split('/')[1..]);
        Receive<GreetDue>(_ => Greet());
        Receive<BatcherProtocol.WorkChanged>(changed => { _hasWork = changed.HasWork; });
        Receive<Welcome>(OnWelcome);
        Receive<Refused>(OnRefused);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(RecognitionSetup setup, Address node, IActorRef batcher, IActorRef model) =>
        Akka.Actor.Props.Create(() => new PeerActor(setup, node, batcher, model));

    protected override void PreStart()
    {
        _batcher.Tell(BatcherProtocol.Watch.Instance);
        Timers.StartPeriodicTimer(GreetDue.Instance, GreetDue.Instance, TimeSpan.Zero, PoolSetup.GreetEvery);
    }

    /// <summary>What fails is not tried again in place: the batcher takes back what it had.</summary>
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(localOnlyDecider: _ => Directive.Stop);

    private void Greet()
    {
        if (++_greetings == QuietGreetings && _refusal is null)
        {
            _log.Warning("node {Node} does not answer for model {Model}: is it served there?", _node, _setup.Model);
            Context.Parent.Tell(new PeersActor.PeerLanes(_node, [])
            {
                Refusal = $"it does not answer for model {_setup.Model}: is it served there?",
            });
        }

        _routers.Tell(new Greet(_setup.Model, _setup.Hash, _hasWork, _setup.LongestWindow), Self);
    }

    private void OnRefused(Refused refused)
    {
        var reason = OneLine(refused.Reason, MostReason);
        if (reason != _refusal)
            _log.Warning("node {Node} gives no lanes to model {Model}: {Reason}", _node, _setup.Model, reason);
        _refusal = reason;
        Context.Parent.Tell(new PeersActor.PeerLanes(_node, []) { Refusal = reason });
    }

    private static string OneLine(string text, int most) => VisibleText.Of(text.Length > most ? text[..most] : text, keepLines: false);

    private void OnWelcome(Welcome welcome)
    {
        _router = Sender;
        Context.Watch(_router);
        Timers.Cancel(GreetDue.Instance);
        Timers.StartPeriodicTimer(AuditDue.Instance, AuditDue.Instance, PoolSetup.AuditEvery);
        TakeIn(welcome);
        _log.Info("node {Node} has {Lanes} lanes for model {Model}", _node, welcome.Lanes.Count, _setup.Model);
        Become(Serving);
        _router.Tell(new WorkChanged(_hasWork));
    }

    private void TakeIn(Welcome welcome)
    {
        _budget = PoolSetup.Bounded(welcome.Budget, _setup);
        Context.Parent.Tell(new PeersActor.PeerLanes(_node,
            [.. welcome.Lanes.Take(MostLanes).Select(lane => lane with { Device = OneLine(lane.Device, MostDevice) })]));
    }

    private void Serving()
    {
        // From the batcher. What a router hears of work is always ahead of what it hears of pulls that this ended.
        Receive<BatcherProtocol.WorkChanged>(changed =>
        {
            _hasWork = changed.HasWork;
            if (_leaving)
                return;
            _router.Tell(new WorkChanged(_hasWork));
            if (!_hasWork)
                TellProxies(changed);
        });

        // From the router, and from nobody else.
        FromRouter<Welcome>(welcome =>
        {
            if (!_leaving)
                TakeIn(welcome);
        });
        FromRouter<Pull>(OnPull);
        FromRouter<Scored>(OnScored);
        FromRouter<LaneLost>(lost => Lose(lost.Lane, lost));
        FromRouter<Missing>(OnMissing);
        FromRouter<Leaving>(_ => OnLeaving());
        FromRouter<Unknown>(_ => OnUnknown());
        Receive<Terminated>(OnTerminated);

        // From the proxies.
        Receive<Batch>(OnBatch);
        Receive<NoWork>(none =>
        {
            if (ProxyOf(none.Lane) is not null)
                _router.Tell(none);
        });

        Receive<AuditDue>(_ => _router.Tell(new Audit(_hasWork && !_leaving,
            [.. _proxies.SelectMany(proxy => proxy.Value.Open, (proxy, number) => new LanePull(proxy.Key, number))])));
        Receive<GreetDue>(_ => { });
        Receive<Refused>(_ => { });
    }

    private void FromRouter<T>(Action<T> handle)
        where T : IMessage => Receive<T>(message =>
        {
            if (Sender.Equals(_router))
                handle(message);
        });

    private bool IsOwn => _router.Path.Address.HasLocalScope;

    // What comes of a proxy that has ended meanwhile is given back by it, and stays here: its lane may have another proxy already, and the
    // same pull answered by that.
    private void OnBatch(Batch batch)
    {
        if (ProxyOf(batch.Lane) is not { } proxy)
            return;
        proxy.Open.Enqueue(batch.Number);
        _router.Tell(batch);
    }

    private Proxy? ProxyOf(int lane) => _proxies.TryGetValue(lane, out var proxy) && proxy.Actor.Equals(Sender) ? proxy : null;

    private void OnPull(Pull pull)
    {
        if (!_hasWork || _leaving || IsTooMuch(pull.Lane))
        {
            if (!_hasWork)
                _router.Tell(new WorkChanged(HasWork: false));
            _router.Tell(new NoWork(pull.Lane, pull.Number));
            return;
        }

        if (!_proxies.TryGetValue(pull.Lane, out var proxy))
        {
            proxy = new Proxy(Context.ActorOf(
                LaneProxyActor.Props(_setup, pull.Lane, IsOwn, _budget, _batcher, _model), $"lane-{pull.Lane}-{_made++}"));
            _proxies.Add(pull.Lane, proxy);
            Context.Watch(proxy.Actor);
        }

        proxy.Actor.Tell(pull);
    }

    // A lane computes one batch and has asked for the next one; whoever wants more at once does not say the truth.
    private bool IsTooMuch(int lane) =>
        _proxies.TryGetValue(lane, out var proxy) ? proxy.Open.Count >= MostOpen : _proxies.Count >= MostLanes;

    private void OnScored(Scored scored)
    {
        if (!_proxies.TryGetValue(scored.Lane, out var proxy) || !proxy.Open.TryPeek(out var oldest) || oldest != scored.Number)
            return;
        proxy.Open.Dequeue();
        proxy.Actor.Tell(scored);
        StopIfGiven();
    }

    private void OnMissing(Missing missing)
    {
        foreach (var lost in missing.Lost)
        {
            if (!_proxies.TryGetValue(lost.Lane, out var proxy) || !proxy.Open.Contains(lost.Number))
                continue;
            _log.Warning("a batch for lane {Lane} of {Node} was lost on its way; it is given to others", lost.Lane, _node);

            // The network may have lost the oldest one by chance, or its answer is one that can't arrive, however often it is computed.
            Lose(lost.Lane, new LaneLost(lost.Lane, Computing: proxy.Open.Peek() == lost.Number));
        }
    }

    private void OnLeaving()
    {
        if (_leaving)
            return;
        _log.Info("node {Node} leaves; {Open} batches of it are waited for", _node, _proxies.Values.Sum(proxy => proxy.Open.Count));
        _leaving = true;
        Context.Parent.Tell(new PeersActor.PeerLanes(_node, []));
        TellProxies(new BatcherProtocol.WorkChanged(HasWork: false));
        StopIfGiven();
    }

    // Nothing says that any of its lanes was lost over what it computed, so no window falls under suspicion.
    private void OnUnknown()
    {
        _leaving = true;
        EndAll();
        StopIfGiven();
    }

    // Stopping would overtake the last answers on their way to the proxies, so these end first. A batch that comes from one of them now was
    // handed out before it was told.
    private void StopIfGiven()
    {
        if (!_leaving || _proxies.Values.Any(proxy => proxy.Open.Count > 0))
            return;
        EndAll();
        if (_ending.Count > 0)
            return;
        _router.Tell(Left.Instance);
        Context.Stop(Self);
    }

    private void Lose(int lane, LaneLost lost)
    {
        End(lane, lost);
        StopIfGiven();
    }

    private void EndAll()
    {
        foreach (var lane in _proxies.Keys.ToArray())
            End(lane, new LaneLost(lane, Computing: false));
    }

    private void End(int lane, LaneLost lost)
    {
        if (!_proxies.Remove(lane, out var proxy))
            return;
        _ending.Add(proxy.Actor);
        proxy.Actor.Tell(lost);
    }

    private void OnTerminated(Terminated ended)
    {
        if (ended.ActorRef.Equals(_router))
        {
            _log.Warning("node {Node} has no lanes for model {Model} any more", _node, _setup.Model);
            Context.Stop(Self);
            return;
        }

        // Or a proxy that gave its lane up. Whoever knows the lane there asks again, and finds another one.
        _ending.Remove(ended.ActorRef);
        foreach (var lane in _proxies.Where(proxy => proxy.Value.Actor.Equals(ended.ActorRef)).Select(proxy => proxy.Key).ToArray())
            _proxies.Remove(lane);
        StopIfGiven();
    }

    private void TellProxies(object message)
    {
        foreach (var proxy in _proxies.Values)
            proxy.Actor.Tell(message);
    }

    private sealed class Proxy(IActorRef actor)
    {
        public IActorRef Actor { get; } = actor;

        /// <summary>Batches that the lane has, oldest first.</summary>
        public Queue<long> Open { get; } = new();
    }

    private sealed class GreetDue
    {
        public static readonly GreetDue Instance = new();

        private GreetDue()
        {
        }
    }

    private sealed class AuditDue
    {
        public static readonly AuditDue Instance = new();

        private AuditDue()
        {
        }
    }
}
