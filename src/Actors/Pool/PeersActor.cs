using Akka.Actor;
using Akka.Cluster;
using Akka.Event;
using Akka.Remote;
using StreamNer.Actors.Recognition;

namespace StreamNer.Actors.Pool;

/// <summary>Keeps one <see cref="PeerActor"/> for every node of the cluster that has devices and can be reached.</summary>
/// <remarks>
/// A node that can't be reached any more is given up at once, as its connection ends or its heartbeats stay away, long before the cluster
/// decides what became of it: its batches go to others, and what it still answers finds nobody.
/// </remarks>
internal sealed class PeersActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);

    private readonly RecognitionSetup _setup;
    private readonly IActorRef _batcher;
    private readonly IActorRef _model;
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<UniqueAddress, Peer> _peers = [];
    private int _started;

    public PeersActor(RecognitionSetup setup, IActorRef batcher, IActorRef model)
    {
        _setup = setup;
        _batcher = batcher;
        _model = model;

        Receive<ClusterEvent.MemberUp>(up => Add(up.Member));

        // As good as a member, while another one that can't be reached keeps the cluster from agreeing on anything.
        Receive<ClusterEvent.MemberWeaklyUp>(up => Add(up.Member));
        Receive<ClusterEvent.MemberDowned>(downed => Remove(downed.Member));
        Receive<ClusterEvent.MemberRemoved>(removed => Remove(removed.Member));
        Receive<ClusterEvent.UnreachableMember>(unreachable => OnReachable(unreachable.Member, reachable: false));
        Receive<ClusterEvent.ReachableMember>(reachable => OnReachable(reachable.Member, reachable: true));
        Receive<ClusterEvent.IMemberEvent>(_ => { });
        Receive<DisassociatedEvent>(ended => OnDisassociated(ended.RemoteAddress));
        Receive<PeerLanes>(OnPeerLanes);
        Receive<StartAgain>(again => Start(again.Node));
        Receive<Terminated>(OnTerminated);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(RecognitionSetup setup, IActorRef batcher, IActorRef model) =>
        Akka.Actor.Props.Create(() => new PeersActor(setup, batcher, model));

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
            typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        Context.System.EventStream.Unsubscribe(Self);
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(localOnlyDecider: _ => Directive.Stop);

    private void Add(Member member)
    {
        var isOwn = member.UniqueAddress.Equals(_cluster.SelfUniqueAddress);
        if (!member.HasRole(PoolSetup.InferenceRole) || (!_setup.Pool!.Streams && !isOwn) || _peers.ContainsKey(member.UniqueAddress))
            return;

        _peers.Add(member.UniqueAddress, new Peer { IsOwn = isOwn });
        Start(member.UniqueAddress);
    }

    // Not this node itself, which may have been put out: its lanes finish what is to be drained.
    private void Remove(Member member)
    {
        if (!_peers.TryGetValue(member.UniqueAddress, out var peer) || peer.IsOwn)
            return;
        _peers.Remove(member.UniqueAddress);
        GiveUp(peer);
        Report();
    }

    private void OnReachable(Member member, bool reachable)
    {
        if (!_peers.TryGetValue(member.UniqueAddress, out var peer))
            return;
        peer.IsReachable = reachable;
        if (reachable)
        {
            Start(member.UniqueAddress);
            return;
        }

        _log.Warning("node {Node} can't be reached; its batches are given to others", member.Address);
        GiveUp(peer);
        Report();
    }

    // A connection that ended may have taken messages with it. If the node is still there, its lanes are had again in a moment.
    private void OnDisassociated(Address address)
    {
        foreach (var peer in _peers.Where(peer => peer.Key.Address.Equals(address)).Select(peer => peer.Value))
        {
            // Told of once, not of each attempt to have it back.
            if (peer.Lanes.Count > 0)
                _log.Warning("the connection to node {Node} ended; its batches are given to others", address);
            GiveUp(peer);
        }
    }

    private static void GiveUp(Peer peer)
    {
        (peer.Lanes, peer.Refusal) = ([], null);
        if (peer.Actor is { } actor)
            Context.Stop(actor);
    }

    private void Start(UniqueAddress node)
    {
        if (!_peers.TryGetValue(node, out var peer) || peer.Actor is not null || !peer.IsReachable)
            return;
        peer.Actor = Context.ActorOf(PeerActor.Props(_setup, node.Address, _batcher, _model), $"peer-{_started++}");
        Context.Watch(peer.Actor);
    }

    private void OnTerminated(Terminated ended)
    {
        foreach (var (node, peer) in _peers)
        {
            if (!ended.ActorRef.Equals(peer.Actor))
                continue;
            peer.Actor = null;
            (peer.Lanes, peer.Refusal) = ([], null);
            Timers.StartSingleTimer(node, new StartAgain(node), AgainAfter);
            Report();
            return;
        }
    }

    private void OnPeerLanes(PeerLanes message)
    {
        if (_peers.Values.FirstOrDefault(peer => Sender.Equals(peer.Actor)) is not { } peer)
            return;
        var node = KnownNodes.NameOf(message.Node);
        peer.Lanes = [.. message.Lanes.Select(lane => lane with { Model = _setup.Model, Node = node })];
        peer.Refusal = message.Refusal is { } reason ? new RecognitionProtocol.LaneRefusal(node, _setup.Model, reason) : null;
        Report();
    }

    // Its own lanes are known better by their pool.
    private void Report() =>
        _model.Tell(new RemoteLanes([.. _peers.Values.Where(peer => !peer.IsOwn).SelectMany(peer => peer.Lanes)])
        {
            Refusals = [.. _peers.Values.Select(peer => peer.Refusal).OfType<RecognitionProtocol.LaneRefusal>()],
        });

    /// <summary>Tells how the lanes of one node do. From a peer.</summary>
    public sealed record PeerLanes(Address Node, IReadOnlyList<RecognitionProtocol.LaneStatus> Lanes)
    {
        /// <summary>Why there are none, in one line of bounded length; null where there is nothing against the node.</summary>
        public string? Refusal { get; init; }
    }

    /// <summary>Tells how the lanes of other nodes do. To the model's actor.</summary>
    public sealed record RemoteLanes(IReadOnlyList<RecognitionProtocol.LaneStatus> Lanes)
    {
        /// <summary>Which nodes give none, and why.</summary>
        public IReadOnlyList<RecognitionProtocol.LaneRefusal> Refusals { get; init; } = [];
    }

    private sealed class Peer
    {
        public bool IsOwn { get; init; }

        public bool IsReachable { get; set; } = true;

        public IActorRef? Actor { get; set; }

        public IReadOnlyList<RecognitionProtocol.LaneStatus> Lanes { get; set; } = [];

        public RecognitionProtocol.LaneRefusal? Refusal { get; set; }
    }

    private sealed record StartAgain(UniqueAddress Node);
}
