using System.Diagnostics;
using Akka.Actor;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Windows;
using StreamNer.TestSupport;

namespace StreamNer.Benchmarks;

/// <summary>
/// Lanes in other processes: two nodes against one, a slow one beside a fast one, and what the network costs against lanes in this process.
/// </summary>
/// <remarks>
/// This process is the stream node; the inference nodes are the service, each in a process of its own on this machine. What has to do with
/// the number of nodes is measured with a model that waits a fixed time for each batch, so that few cores suffice; what the network costs,
/// with the default model, once with one lane of one thread, so that a core is left for all else, and once with a lane for each core, so
/// that what the network costs is taken from the model. A closed loop keeps documents under way, each a question of its own, in turns
/// between those that are compared; the others have nothing to do meanwhile.
/// </remarks>
internal static class PoolBenchmark
{
    private const int Rounds = 3;
    private const int NetworkRounds = 5;
    private const int RoundTrips = 300;
    private const int WireRounds = 20;

    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(600);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan NetworkWindow = TimeSpan.FromSeconds(1.2);

    public static IEnumerable<Figure> Run() =>
    [
        .. Nodes(new Batches("batches of 1,024 tokens", 1_024, TimeSpan.FromMilliseconds(20), InFlight: 600), withSlowNode: true),

        // As large as a GPU's. Not as short: two cores have tokenizing, asking and decoding to do for all of them.
        .. Nodes(new Batches("batches of 16,384 tokens", 16_384, TimeSpan.FromMilliseconds(100), InFlight: 5_000), withSlowNode: false),
        .. Network(1),
        .. Environment.ProcessorCount > 1 ? Network(Environment.ProcessorCount) : [],
        .. OnTheWire(),
        .. InstancesBenchmark.Run(),
    ];

    private static IEnumerable<Figure> Nodes(Batches batches, bool withSlowNode)
    {
        var cost = new BatchCost();
        var setup = Setup(lanes: 1);
        using var here = AskedRecognition.WithOwnLanes(setup with
        {
            Batching = new BatchingOptions { MaxPaddedTokens = batches.Tokens },
            Classifiers = new WaitingClassifier.Factory(setup.Labels.Labels.Length, cost),
        });
        using var one = Pool.Start(1, lanes: 1, batches.Cost, batches.Setting);
        using var two = Pool.Start(2, lanes: 1, batches.Cost, batches.Setting);
        here.Await(1);
        var (inProcess, ones, twos) = (new double[Rounds], new Measured[Rounds], new Measured[Rounds]);
        var (slows, mixed) = (new Measured[Rounds], new Measured[Rounds]);
        for (var round = -1; round < Rounds; round++)
        {
            var at = Math.Max(round, 0);
            cost.Wait = batches.Cost;
            inProcess[at] = here.Measure(batches.InFlight, Settle, Window, atEnd: () => cost.Wait = TimeSpan.Zero);
            ones[at] = one.Measure(batches.InFlight, batches.Cost);
            twos[at] = two.Measure(batches.InFlight, batches.Cost, batches.Cost);
            if (!withSlowNode || round < 0)
                continue;
            slows[at] = one.Measure(batches.InFlight, batches.Cost * 10);
            mixed[at] = two.Measure(batches.InFlight, batches.Cost, batches.Cost * 10);
        }

        var name = $"{batches.Name}, {batches.Cost.TotalMilliseconds:F0} ms each";
        yield return new Figure($"a lane in this process, {name}", $"{Paired.Median(inProcess):F0} documents/s", Figure.InTurn(Rounds));
        yield return Speed($"one node, {name}", ones) with
        {
            Ratio = Paired.Median([.. ones.Zip(inProcess, (one, lane) => one.PerSecond / lane)]),
            Against = "a lane in this process",
        };
        yield return Speed($"two nodes, {name}", twos) with
        {
            Ratio = Paired.Median([.. twos.Zip(ones, (two, one) => two.PerSecond / one.PerSecond)]),
            Against = "one node; bar 1.9",
        };
        if (!withSlowNode)
            yield break;

        yield return Speed("one slow node, ten times the time", slows);
        yield return Speed("a fast node and a slow one", mixed) with
        {
            Ratio = Paired.Median([.. ones.Zip(slows, (fast, slow) => fast.PerSecond + slow.PerSecond)
                .Zip(mixed, (alone, both) => both.PerSecond / alone)]),
            Against = "the sum of each alone; bar 0.95",
        };

        // With nothing to compute, one text after the other: what is left is the way there and back.
        var (remote, own) = (new double[Rounds], new double[Rounds]);
        for (var round = -1; round < Rounds; round++)
        {
            remote[Math.Max(round, 0)] = one.Stream.RoundTrip(RoundTrips).TotalMilliseconds;
            own[Math.Max(round, 0)] = here.RoundTrip(RoundTrips).TotalMilliseconds;
        }

        yield return new Figure("one text and back, a model that costs nothing, on another node", $"{Paired.Median(remote):F2} ms",
            Figure.InTurn(Rounds), Against: $"{Paired.Median(own):F2} ms with a lane in this process");
    }

    private static Figure Speed(string what, Measured[] runs) => new(what, $"{Paired.Median([.. runs.Select(run => run.PerSecond)]):F0} "
        + $"documents/s; lanes computed {Paired.Median([.. runs.Select(run => run.BusyShare)]):P1} of the time", Figure.InTurn(Rounds));

    private static IEnumerable<Figure> Network(int lanes)
    {
        const int inFlight = 400;
        using var pool = Pool.Start(1, lanes, cost: null);
        using var here = AskedRecognition.WithOwnLanes(Setup(lanes));
        here.Await(lanes);
        var (there, own) = (new (double PerSecond, double Seconds)[NetworkRounds],
            new (double PerSecond, double Seconds)[NetworkRounds]);
        for (var round = -1; round < NetworkRounds; round++)
        {
            var at = Math.Max(round, 0);

            // The first ones are longer: the node has just started, and the runtime compiles for a while what is called once a batch.
            var window = round < 0 ? Window * 3 : NetworkWindow;
            own[at] = Once(here, null, window);
            there[at] = Once(pool.Stream, pool.Nodes[0], window);
        }

        var name = lanes == 1 ? "1 lane of 1 thread" : $"{lanes} lanes of 1 thread";
        yield return new Figure($"default model, {name}, in this process", $"{Paired.Median([.. own.Select(run => run.PerSecond)]):F0} "
            + "documents/s", Figure.InTurn(NetworkRounds));
        yield return new Figure($"default model, {name}, on another node",
            $"{Paired.Median([.. there.Select(run => run.PerSecond)]):F0} documents/s", Figure.InTurn(NetworkRounds),
            Paired.Median([.. there.Zip(own, (remote, local) => remote.PerSecond / local.PerSecond)]), "in this process; bar 0.95");
        yield return new Figure("the same, processor time of both",
            $"{Paired.Median([.. there.Select(run => run.Seconds * 1e6)]):F0} µs/document", Figure.InTurn(NetworkRounds),
            Paired.Median([.. there.Zip(own, (remote, local) => local.Seconds / remote.Seconds)]), "in this process");

        (double, double) Once(AskedRecognition asked, NodeProcess? node, TimeSpan window)
        {
            var computed = TimeSpan.Zero;
            var sign = -1;
            var perSecond = asked.Measure(inFlight, Settle, window, atEdge: () =>
            {
                computed += sign * (Environment.CpuUsage.TotalTime + (node?.ProcessorTime ?? TimeSpan.Zero));
                sign = 1;
            });
            return (perSecond, computed.TotalSeconds / (perSecond * window.TotalSeconds));
        }
    }

    /// <summary>What batches of the sample become as bytes, there and back, without Akka.NET's envelope of some hundred bytes.</summary>
    private static IEnumerable<Figure> OnTheWire()
    {
        using var system = ActorSystem.Create("wire", "akka.loglevel = OFF");
        var serializer = new PoolSerializer((ExtendedActorSystem)system);
        var documents = Sample.Documents(400);
        var batches = Sample.Batches(Setup(lanes: 1).CreateTokenizer(), documents);
        var pieces = batches.Sum(batch => batch.Windows.Sum(window => window.Range.PieceCount));
        var words = batches.Sum(batch => batch.Windows.Sum(window => window.Range.WordCount));
        var (bytesThere, bytesBack) = (0L, 0L);
        var seconds = Paired.Time(WireRounds, () =>
        {
            (bytesThere, bytesBack) = (0, 0);
            foreach (var batch in batches)
            {
                bytesThere += ThereAndBack(new PoolProtocol.Batch(0, 1, batch));
                bytesBack += ThereAndBack(new PoolProtocol.Scored(0, 1, batch, []));
            }
        });

        yield return new Figure("bytes of a document, there", $"{(double)bytesThere / documents.Length:F0} B, "
            + $"{(double)bytesThere / pieces:F2} B a word piece", Figure.Counted);
        yield return new Figure("bytes of a document, back", $"{(double)bytesBack / documents.Length:F0} B, "
            + $"{(double)bytesBack / words:F2} B a word", Figure.Counted);
        yield return new Figure("writing and reading both", $"{seconds / documents.Length * 1e6:F1} µs/document",
            Figure.MedianOf(WireRounds));

        int ThereAndBack(object message)
        {
            var bytes = serializer.ToBinary(message);
            serializer.FromBinary(bytes, serializer.Manifest(message));
            return bytes.Length;
        }
    }

    private static RecognitionSetup Setup(int lanes) => RecognitionSetup.For(ModelFolder.Open(Repository.DefaultModel),
        LanePlan.Create([new DeviceOptions { Lanes = lanes, Threads = 1 }], Environment.ProcessorCount), new WindowOptions(), new(), new());

    /// <param name="Name">In words.</param>
    /// <param name="Tokens">Most tokens of one.</param>
    /// <param name="Cost">What one takes.</param>
    /// <param name="InFlight">Documents under way: several batches for each of two lanes.</param>
    private sealed record Batches(string Name, int Tokens, TimeSpan Cost, int InFlight)
    {
        public (string, string) Setting => ("Batching:MaxPaddedTokens", $"{Tokens}");
    }

    /// <param name="PerSecond">Documents.</param>
    /// <param name="BusyShare">Part of the time that lanes computed, 0..1.</param>
    private readonly record struct Measured(double PerSecond, double BusyShare);

    /// <summary>A cluster of this process and some inference nodes.</summary>
    private sealed class Pool : IDisposable
    {
        private Pool(AskedRecognition stream, NodeProcess[] nodes) => (Stream, Nodes) = (stream, nodes);

        public AskedRecognition Stream { get; }

        public NodeProcess[] Nodes { get; }

        public static Pool Start(int nodes, int lanes, TimeSpan? cost, params (string, string)[] settings)
        {
            var stream = AskedRecognition.InCluster(Setup(lanes: 1));
            var started = new NodeProcess[nodes];
            for (var i = 0; i < nodes; i++)
            {
                // Kafka is asked for in a configuration, and not looked at by a node of this role.
                started[i] = NodeProcess.StartService(cost,
                [
                    .. settings,
                    ("Devices:0:Lanes", $"{lanes}"), ("Devices:0:Threads", "1"),
                    ("Cluster:Enabled", "true"), ("Cluster:Roles:0", PoolSetup.InferenceRole), ("Cluster:Port", "0"),
                    ("Cluster:Seeds:0", stream.Address), ("Kafka:BootstrapServers", "localhost:9092"), ("Kafka:InputTopics:0", "none"),
                ]);
            }

            stream.Await(nodes * lanes);
            return new Pool(stream, started);
        }

        /// <summary>Measures with a cost for each node.</summary>
        public Measured Measure(int inFlight, params TimeSpan[] costs)
        {
            SetCosts(i => costs[i]);
            var (busy, elapsed, sign) = (TimeSpan.Zero, TimeSpan.Zero, -1);
            var perSecond = Stream.Measure(inFlight, Settle, Window,
                atEdge: () =>
                {
                    foreach (var node in Nodes)
                        busy += sign * node.Busy();
                    elapsed += sign * Stopwatch.GetElapsedTime(0);
                    sign = 1;
                },
                atEnd: () => SetCosts(_ => TimeSpan.Zero));
            return new Measured(perSecond, busy / (elapsed * Nodes.Length));
        }

        public void Dispose()
        {
            Stream.Dispose();
            foreach (var node in Nodes)
                node.Dispose();
        }

        private void SetCosts(Func<int, TimeSpan> costOf)
        {
            for (var i = 0; i < Nodes.Length; i++)
                Nodes[i].SetCost(costOf(i));
        }
    }
}
