using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using HdrHistogram;
using StreamNer.Embedded;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Benchmarks;

/// <summary>
/// How long documents take from the moment they are due at their sender until a consumer has their event, at 10, 50 and 80 % of what the
/// machine can take.
/// </summary>
/// <remarks>
/// Open loop: documents are due at random moments (a Poisson process), whether those before are through or not, and a sender that is late
/// counts against them. Each carries a trace, and the spans of the service tell its part from Kafka's. Sender, broker, service and
/// consumer share the process and its cores.
/// </remarks>
internal static class LatencyBenchmark
{
    private const int Partitions = 4;
    private const int Flood = 6_000;
    private const string Output = "latency";

    private static readonly double[] Loads = [0.1, 0.5, 0.8];
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(30);

    /// <summary>Where a document is on its way; the order is that of the way.</summary>
    private enum Station
    {
        Due,
        Sent,
        Read,
        Labelled,
        Acknowledged,
        Seen,
    }

    public static IEnumerable<Figure> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IEnumerable<Figure>> RunAsync()
    {
        using var broker = EmbeddedBroker.Start();
        broker.Mock?.SetInitialRebalanceDelay(TimeSpan.Zero);
        broker.CreateTopic("input", Partitions);

        var way = new Way();
        using var spans = Listen(way);
        await using var service = await EmbeddedService.StartAsync(
            broker, Output, Partitions, settings: ("Telemetry:Traces:MaxPerSecond", "10000"));
        using var end = new CancellationTokenSource();
        var consumer = Task.Factory.StartNew(() => Consume(broker.BootstrapServers, way, end.Token), TaskCreationOptions.LongRunning);
        using var sender = new Sender(broker.BootstrapServers, way);

        var capacity = await CapacityAsync(sender, service.Status);
        List<Figure> figures = [];
        foreach (var load in Loads)
        {
            using var stages = new Stages();
            var rate = load * capacity;
            var sent = await sender.SendAsync(rate, WarmUp + Measured);
            await EmbeddedService.UntilAsync(() => way.HasAll(sent));
            figures.AddRange(Report(way, sent.Skip((int)(WarmUp.TotalSeconds * rate)), load, rate, stages));
        }

        await end.CancelAsync();
        await consumer;
        return figures;
    }

    private static IEnumerable<Figure> Report(Way way, IEnumerable<long> documents, double load, double rate, Stages stages)
    {
        var whole = New();
        var parts = Enum.GetValues<Station>().Skip(1).ToDictionary(station => station, _ => New());
        var all = new List<long[]>();
        foreach (var document in documents)
        {
            var times = way.Of(document);
            whole.RecordValue(Math.Max(0, times[(int)Station.Seen] - times[0]));
            foreach (var (station, histogram) in parts)
                histogram.RecordValue(Math.Max(0, times[(int)station] - times[(int)station - 1]));
            all.Add(times);
        }

        var limit = whole.GetValueAtPercentile(99);
        var slow = all.Where(times => times[(int)Station.Seen] - times[0] >= limit).ToArray();
        double Slow(Station station) =>
            slow.Average(times => (double)(times[(int)station] - times[(int)station - 1])) / TimeSpan.TicksPerMillisecond;

        var (p50, p99) = (At(whole, 50), At(whole, 99));
        var name = string.Create(CultureInfo.InvariantCulture, $"{load:P0} of capacity, {rate:F0} documents/s");
        yield return new Figure(
            $"latency at {name}", $"p50 {p50:F1} ms, p90 {At(whole, 90):F1}, p99 {p99:F1}, most {whole.GetMaxValue() / 1e4:F0}",
            Figure.Once, p99 / p50, "p50; at most 3 at half load");
        foreach (var (station, what) in new[]
        {
            (Station.Sent, "sender late"), (Station.Read, "Kafka to consumer"), (Station.Labelled, "queue, tokens, model"),
            (Station.Acknowledged, "publish to acknowledged"), (Station.Seen, "Kafka to reader"),
        })
        {
            yield return new Figure($"- {what}", $"p50 {At(parts[station], 50):F1} ms, p99 {At(parts[station], 99):F1}; "
                + $"of the slowest hundredth {Slow(station):F1}", Figure.Once);
        }

        foreach (var (stage, histogram) in stages.All)
            yield return new Figure($"- - {stage}, a batch", $"p50 {At(histogram, 50):F1} ms, p99 {At(histogram, 99):F1}", Figure.Once);
    }

    private static LongHistogram New() => new(TimeSpan.FromHours(1).Ticks, 3);

    private static double At(HistogramBase histogram, double percentile) =>
        histogram.GetValueAtPercentile(percentile) / (double)TimeSpan.TicksPerMillisecond;

    /// <summary>How many documents a second come through when there is always one more.</summary>
    private static async Task<double> CapacityAsync(Sender sender, PipelineStatus status)
    {
        sender.Send(Flood);
        await EmbeddedService.UntilAsync(() => status.Snapshot().Published >= Flood / 3);
        var (published, started) = (status.Snapshot().Published, Stopwatch.GetTimestamp());
        await EmbeddedService.UntilAsync(() => status.Snapshot().Published >= Flood - 500);
        var rate = (status.Snapshot().Published - published) / Stopwatch.GetElapsedTime(started).TotalSeconds;
        await EmbeddedService.UntilAsync(() => status.Snapshot().Published == Flood);
        return rate;
    }

    /// <summary>
    /// Notes what the spans of the service say: when a record was read, its labels were there, and its event acknowledged.
    /// </summary>
    private static ActivityListener Listen(Way way)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == DocumentTracing.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                var document = long.Parse(span.TraceId.ToHexString().AsSpan(16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                var began = span.StartTimeUtc.Ticks;
                switch (span.OperationName.Split(' ')[0])
                {
                    case "process":
                        way.Note(document, Station.Read, began);
                        break;
                    case "send":
                        way.Note(document, Station.Labelled, began);
                        way.Note(document, Station.Acknowledged, began + span.Duration.Ticks);
                        break;
                    default:
                        break;
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static void Consume(string bootstrapServers, Way way, CancellationToken end)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new Dictionary<string, string>
        {
            ["bootstrap.servers"] = bootstrapServers,
            ["group.id"] = "readers",
            ["auto.offset.reset"] = "earliest",
            ["fetch.wait.max.ms"] = "10",
        }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions)
            .Select(partition => new TopicPartitionOffset(Output, partition, Offset.Beginning)));
        while (!end.IsCancellationRequested)
        {
            if (consumer.Consume(100) is { Message.Key: { } key })
                way.Note(BitConverter.ToInt64(key), Station.Seen, DateTime.UtcNow.Ticks);
        }
    }

    /// <summary>Where each document was, and when.</summary>
    private sealed class Way
    {
        private readonly ConcurrentDictionary<long, long[]> _times = new();

        public void Note(long document, Station station, long at) =>
            _times.GetOrAdd(document, _ => new long[Enum.GetValues<Station>().Length])[(int)station] = at;

        // From the end, which is there last: asked for again and again, it is to cost little.
        public bool HasAll(IReadOnlyList<long> documents) => documents.Reverse().All(document => Of(document).All(at => at > 0));

        public long[] Of(long document) => _times[document];
    }

    /// <summary>Sends documents of the sample whose trace is their number.</summary>
    private sealed class Sender(string bootstrapServers, Way way) : IDisposable
    {
        private readonly string[] _texts = [.. Sample.Documents(200).Select(document => document.Text)];
        private readonly Random _random = new(7);
        private readonly IProducer<byte[], string> _producer = new ProducerBuilder<byte[], string>(new Dictionary<string, string>
        {
            ["bootstrap.servers"] = bootstrapServers,
            ["linger.ms"] = "0",
        }).Build();

        private long _next = 1;

        /// <summary>Sends so many at once.</summary>
        public void Send(int count)
        {
            for (var i = 0; i < count; i++)
                Send(DateTime.UtcNow.Ticks);
            _producer.Flush();
        }

        /// <summary>Sends each at its time.</summary>
        /// <returns>Their numbers, in order.</returns>
        public Task<List<long>> SendAsync(double perSecond, TimeSpan time) => Task.Factory.StartNew(
            () =>
            {
                List<long> sent = [];
                var (due, end) = (DateTime.UtcNow, DateTime.UtcNow + time);
                while (due < end)
                {
                    while (due - DateTime.UtcNow is { Ticks: > 0 } early)
                        Thread.Sleep(early > TimeSpan.FromMilliseconds(1) ? early : TimeSpan.FromMilliseconds(1));
                    sent.Add(Send(due.Ticks));
                    due += TimeSpan.FromSeconds(-Math.Log(1 - _random.NextDouble()) / perSecond);
                }

                return sent;
            },
            TaskCreationOptions.LongRunning);

        public void Dispose() => _producer.Dispose();

        private long Send(long due)
        {
            var number = _next++;
            way.Note(number, Station.Due, due);
            way.Note(number, Station.Sent, DateTime.UtcNow.Ticks);
            var trace = Encoding.ASCII.GetBytes($"00-{1:x16}{number:x16}-{number:x16}-01");
            _producer.Produce(new TopicPartition("input", (int)(number % Partitions)), new Message<byte[], string>
            {
                Key = BitConverter.GetBytes(number),
                Value = _texts[number % _texts.Length],
                Headers = new Headers { { "traceparent", trace } },
            });
            return number;
        }
    }

    /// <summary>What the service says about the parts of its way, while this lives.</summary>
    private sealed class Stages : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly (string Instrument, string Name, LongHistogram Histogram)[] _all =
        [
            ("streamner.tokenize.duration", "tokenizing", New()),
            ("streamner.queue.duration", "waiting for a lane", New()),
            ("streamner.inference.duration", "computing", New()),
            ("streamner.decode.duration", "decoding", New()),
        ];

        public Stages()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (_all.Any(stage => stage.Instrument == instrument.Name))
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<double>((instrument, seconds, _, _) =>
            {
                var histogram = _all.First(stage => stage.Instrument == instrument.Name).Histogram;
                lock (histogram)
                    histogram.RecordValue((long)(seconds * TimeSpan.TicksPerSecond));
            });
            _listener.Start();
        }

        public IEnumerable<(string Name, LongHistogram Histogram)> All => _all.Select(stage => (stage.Name, stage.Histogram));

        public void Dispose() => _listener.Dispose();
    }
}
