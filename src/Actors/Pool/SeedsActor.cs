using Akka.Actor;
using Akka.Cluster;
using Akka.Event;

namespace StreamNer.Actors.Pool;

/// <summary>Finds out that this node and one of its seeds have come to belong to clusters of their own, and ends this one's.</summary>
/// <remarks>
/// Akka.Cluster never joins two clusters, and these come about easily: the only node that reads documents is stopped and started, and as
/// the first seed it begins a new cluster, while the nodes with devices wait in the old one for ever. So whoever finds a seed that answers
/// and is no member here ends with <see cref="ApartFromSeeds"/>, and the process joins anew. Only seeds that stand before this node in the
/// list count: of two that look at each other, one stays.
/// </remarks>
internal sealed class SeedsActor : ReceiveActor, IWithTimers
{
    /// <summary>How often a seed must answer as a stranger, one time after the other: it may be about to join.</summary>
    public const int StrangerAfter = 3;

    private readonly Address[] _seeds;
    private readonly string _asked;
    private readonly TimeSpan _every;
    private readonly Action _apart;
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, int> _answers = [];

    /// <param name="seeds">The seeds, in the order of the configuration.</param>
    /// <param name="asked">Path of an actor that every node has.</param>
    /// <param name="every">Time between two questions.</param>
    /// <param name="apart">What is done where they have come apart.</param>
    public SeedsActor(IEnumerable<Address> seeds, string asked, TimeSpan every, Action apart)
    {
        _seeds = [.. seeds.TakeWhile(seed => !seed.Equals(_cluster.SelfAddress))];
        (_asked, _every, _apart) = (asked, every, apart);
        Receive<AskDue>(_ => AskStrangers());
        Receive<ActorIdentity>(OnAnswer);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(IEnumerable<Address> seeds, string asked, TimeSpan every, Action apart) =>
        Akka.Actor.Props.Create(() => new SeedsActor(seeds, asked, every, apart));

    protected override void PreStart()
    {
        if (_seeds.Length > 0)
            Timers.StartPeriodicTimer(AskDue.Instance, AskDue.Instance, _every);
    }

    private void AskStrangers()
    {
        // Not a member of anything yet: it still looks for its seeds.
        var members = _cluster.State.Members;
        if (members.IsEmpty)
            return;

        foreach (var seed in _seeds)
        {
            if (members.Any(member => member.Address.Equals(seed)))
                _answers.Remove(seed.ToString());
            else
                Context.ActorSelection(new RootActorPath(seed) + _asked).Tell(new Identify(seed.ToString()));
        }
    }

    private void OnAnswer(ActorIdentity answer)
    {
        if (answer.Subject is null || answer.MessageId is not string seed
            || _cluster.State.Members.Any(member => member.Address.ToString() == seed))
        {
            return;
        }

        if ((_answers[seed] = _answers.GetValueOrDefault(seed) + 1) < StrangerAfter)
            return;

        _log.Warning("seed {Seed} answers, and is not a member of the cluster of this node, which leaves that and joins the seed's", seed);
        Timers.CancelAll();
        _answers.Clear();
        _apart();
    }

    private sealed class AskDue : INotInfluenceReceiveTimeout
    {
        public static readonly AskDue Instance = new();

        private AskDue()
        {
        }
    }
}

/// <summary>Ends the actor system because its seeds belong to another cluster. A new one joins that.</summary>
internal sealed class ApartFromSeeds : CoordinatedShutdown.Reason
{
    public static readonly ApartFromSeeds Instance = new();

    private ApartFromSeeds()
    {
    }

    /// <inheritdoc/>
    public override int ExitCode => ExitCodes.RecognitionLost;
}
