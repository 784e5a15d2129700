using System.Diagnostics;
using Akka.Actor;
using Akka.Cluster;
using Akka.Configuration;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Inference.Domain;
using StreamNer.TestSupport;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Benchmarks;

/// <summary>
/// The recognition actors in this process, asked by a closed loop: with lanes of their own, or as the stream node of a cluster whose lanes
/// are elsewhere.
/// </summary>
internal sealed class AskedRecognition : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Document[] _documents = Sample.Documents(400);
    private readonly ActorSystem _system;
    private readonly IActorRef _recognition;

    private AskedRecognition(EnsembleSetup setup, Config? mechanics)
    {
        // Nodes are left without a word: nobody is to wait until the cluster agrees on that.
        var config = ConfigurationFactory.ParseString(
            $"""
            akka.loglevel = OFF
            akka.coordinated-shutdown.run-by-actor-system-terminate = off
            {RecognitionRegistration.Threads(setup)}
            """)
            .WithFallback(mechanics ?? Config.Empty)
            .WithFallback(ConfigurationFactory.ParseString(File.ReadAllText(Repository.File("config", "akka.conf"))));
        _system = ActorSystem.Create(ClusterMechanics.SystemName, config);
        if (mechanics is not null)
            Cluster.Get(_system).Join(Cluster.Get(_system).SelfAddress);
        _recognition = RecognitionRegistration.Start(_system, setup);
    }

    /// <summary>The nodes of its cluster join this, <c>host:port</c>.</summary>
    public string Address => KnownNodes.NameOf(Cluster.Get(_system).SelfAddress);

    /// <summary>Starts with the lanes of the setup.</summary>
    public static AskedRecognition WithOwnLanes(RecognitionSetup setup) => new(new EnsembleSetup { Models = [setup] }, mechanics: null);

    /// <summary>Starts the first node of a cluster, without lanes.</summary>
    public static AskedRecognition InCluster(RecognitionSetup setup)
    {
        var options = new ClusterOptions { Enabled = true, Roles = [PoolSetup.StreamRole], Port = 0 };
        return new AskedRecognition(
            new EnsembleSetup { Models = [setup with { Lanes = [], Pool = options.Pool }] },
            ConfigurationFactory.ParseString("akka.cluster.seed-nodes = []").WithFallback(ClusterMechanics.Of(options)));
    }

    /// <summary>Waits until so many lanes take work.</summary>
    public void Await(int lanes)
    {
        var started = Stopwatch.GetTimestamp();
        while (Answer<RecognitionProtocol.Status>(GetStatus.Instance).Lanes.Count(lane => lane.State == LaneState.Ready) != lanes)
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
                throw new TimeoutException($"{lanes} lanes were not ready within {Patience}");
            Thread.Sleep(20);
        }
    }

    /// <summary>Keeps documents of the sample under way, and counts those that are answered meanwhile.</summary>
    /// <param name="inFlight">So many, each a question of its own.</param>
    /// <param name="settle">Not counted.</param>
    /// <param name="window">Counted, from the last answer before it to the last one in it: answers come by the batch.</param>
    /// <param name="atEdge">Called when counting begins and when it ends.</param>
    /// <param name="atEnd">Called before what is still under way is waited for.</param>
    /// <returns>Documents a second.</returns>
    public double Measure(int inFlight, TimeSpan settle, TimeSpan window, Action? atEdge = null, Action? atEnd = null)
    {
        using var end = new CancellationTokenSource();
        var (gate, asked) = (new Lock(), 0);
        var (count, at) = (0, 0L);
        var askers = Enumerable.Range(0, inFlight).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                await AskAsync(_documents[(Interlocked.Increment(ref asked) & int.MaxValue) % _documents.Length]);
                lock (gate)
                    (count, at) = (count + 1, Stopwatch.GetTimestamp());
            }
        })).ToArray();

        (int Count, long At) Edge()
        {
            lock (gate)
                return (count, at);
        }

        Thread.Sleep(settle);
        atEdge?.Invoke();
        var first = Edge();
        Thread.Sleep(window);
        var last = Edge();
        atEdge?.Invoke();
        end.Cancel();
        atEnd?.Invoke();
        Task.WaitAll(askers);
        return (last.Count - first.Count) / Stopwatch.GetElapsedTime(first.At, last.At).TotalSeconds;
    }

    /// <summary>Asks for one document after the other.</summary>
    /// <returns>The median time of an answer.</returns>
    public TimeSpan RoundTrip(int documents)
    {
        var seconds = new double[documents];
        for (var i = 0; i < documents; i++)
        {
            var started = Stopwatch.GetTimestamp();
            AskAsync(_documents[i % _documents.Length]).GetAwaiter().GetResult();
            seconds[i] = Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        return TimeSpan.FromSeconds(Paired.Median(seconds));
    }

    public void Dispose() => _system.Terminate().Wait(Patience);

    private async Task AskAsync(Document document)
    {
        var answer = await _recognition.Ask<Recognised>(new Recognise([document]), Patience);
        if (answer.Outcomes[0] is not DocumentOutcome.Labelled)
            throw new InvalidOperationException($"{document.Id} was not labelled: {answer.Outcomes[0]}");
    }

    private TAnswer Answer<TAnswer>(object question) => _recognition.Ask<TAnswer>(question, Patience).GetAwaiter().GetResult();
}
