using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StreamNer.Embedded;
using StreamNer.Host;
using StreamNer.Host.Configuration;
using StreamNer.Host.Web.Live;
using StreamNer.Streams.Telemetry;
using StreamNer.TestSupport;

namespace StreamNer.Benchmarks;

/// <summary>
/// The whole service with a classifier that costs nothing, with nobody looking at its live events, one who reads them, and one who does
/// not.
/// </summary>
/// <remarks>
/// The input stands in the topic before the service starts. A clock runs from the first record consumed to the last one published. The
/// three run in turn on one broker. Memory is what the garbage collector holds after a full collection, before and after the documents.
/// </remarks>
internal static class ViewersBenchmark
{
    // The embedded broker keeps 5 MiB a partition: this many let the runs be long enough to compare.
    private const int Partitions = 16;
    private const int Records = 320_000;
    private const int Rounds = 5;

    public static IEnumerable<Figure> Run()
    {
        using var broker = EmbeddedBroker.Start();
        broker.Mock?.SetInitialRebalanceDelay(TimeSpan.Zero);
        broker.CreateTopic("input", Partitions);
        Fill(broker.BootstrapServers);

        var run = 0;
        var results = new Dictionary<Watcher, Result[]>();
        foreach (var watcher in Enum.GetValues<Watcher>())
            results[watcher] = new Result[Rounds];
        for (var round = -1; round < Rounds; round++)
        {
            // Each goes first as often as the others: what comes later finds a fuller broker.
            for (var i = 0; i < results.Count; i++)
            {
                var watcher = (Watcher)((i + round + 1) % results.Count);
                var result = Measure(broker, $"viewers-{run++}", watcher);
                if (round >= 0)
                    results[watcher][round] = result;
            }
        }

        foreach (var (watcher, rounds) in results)
        {
            var memory = Paired.Median([.. rounds.Select(result => result.GrownBytes / 1e6)]);
            var read = Paired.Median([.. rounds.Select(result => (double)result.ReadBytes / 1e3)]);
            yield return new Figure(
                $"service, {watcher.ToString().ToLowerInvariant()} viewer",
                $"{Records / Paired.Median([.. rounds.Select(result => result.Seconds)]):F0} documents/s; memory {memory:+0.0;-0.0} MB; "
                    + $"viewer read {read:F0} kB, dropped {Paired.Median([.. rounds.Select(result => (double)result.Dropped)]):F0}",
                Figure.InTurn(Rounds),
                Paired.Median([.. results[Watcher.No].Zip(rounds, (none, with) => none.Seconds / with.Seconds)]),
                "service, no viewer");
        }
    }

    private static void Fill(string bootstrapServers)
    {
        using var producer =
            new ProducerBuilder<Null, byte[]>(new Dictionary<string, string>
            {
                ["bootstrap.servers"] = bootstrapServers,
                ["linger.ms"] = "5",
                ["queue.buffering.max.messages"] = "500000"
            }).Build();
        var texts = Sample.Documents(200)
            .Select(document => Encoding.UTF8.GetBytes(document.Text.Length <= 200 ? document.Text : document.Text[..200])).ToArray();
        for (var i = 0; i < Records; i++)
            producer.Produce(new TopicPartition("input", i % Partitions), new Message<Null, byte[]> { Value = texts[i % texts.Length] });
        producer.Flush();
    }

    private static Result Measure(EmbeddedBroker broker, string name, Watcher watcher)
    {
        foreach (var topic in new[] { name, $"{name}.dlq" })
            broker.CreateTopic(topic, Partitions);
        var plan = ServicePlan.Make(EmbeddedSettings.Over(
            new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["StreamNer:Kafka:GroupId"] = name,
                ["StreamNer:Kafka:InputTopics:0"] = "input",
                ["StreamNer:Kafka:OutputTopic"] = name,
                ["StreamNer:Kafka:DeadLetterTopic"] = $"{name}.dlq",
                ["StreamNer:Model:Path"] = Repository.DefaultModel,
                ["StreamNer:Web:Url"] = "http://127.0.0.1:0",
                ["StreamNer:Web:ShowText"] = "true",
                ["StreamNer:Logging:Level"] = "None",
            }).Build(),
            broker));
        var free =
            plan.Recognition.Models[0] with { Classifiers = new FreeClassifier.Factory(plan.Models[0].Folder.Description.Labels.Length) };
        plan = plan with { Recognition = plan.Recognition with { Models = [free] } };

        var service = Service.StartAsync(plan, CancellationToken.None).GetAwaiter().GetResult();
        var feed = service.Services.GetRequiredService<LiveFeed>();
        using var looking = watcher == Watcher.No ? null : new Looking(service.Address, reads: watcher == Watcher.Reading);
        var status = service.Services.GetRequiredService<PipelineStatus>();
        Until(() => (looking is null || feed.IsWatched) && status.Snapshot().Consumed > 0);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var started = Stopwatch.GetTimestamp();
        Until(() => status.Snapshot().Published >= Records);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var after = GC.GetTotalMemory(forceFullCollection: true);
        var (readBytes, dropped) = (looking?.ReadBytes ?? 0, feed.Dropped);
        looking?.Dispose();
        service.StopAsync().GetAwaiter().GetResult();
        service.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return new Result(seconds, after - before, readBytes, dropped);
    }

    private static void Until(Func<bool> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(2))
                throw new TimeoutException("the service did not get through within 2 minutes");
            Thread.Sleep(2);
        }
    }

    private enum Watcher
    {
        No,
        Reading,
        Stalled,
    }

    private readonly record struct Result(double Seconds, long GrownBytes, long ReadBytes, long Dropped);

    /// <summary>A viewer on a bare connection: one that does not read leaves the bytes with the service.</summary>
    private sealed class Looking : IDisposable
    {
        private readonly TcpClient _client = new() { ReceiveBufferSize = 4096 };
        private long _read;

        public Looking(Uri address, bool reads)
        {
            _client.Connect(address.Host, address.Port);
            var stream = _client.GetStream();
            stream.Write(Encoding.ASCII.GetBytes($"GET /v1/events HTTP/1.1\r\nHost: "
                + $"{address.Authority}\r\nAccept: text/event-stream\r\n\r\n"));
            if (reads)
                _ = Task.Run(() => ReadAsync(stream));
        }

        public long ReadBytes => Interlocked.Read(ref _read);

        public void Dispose() => _client.Dispose();

        private async Task ReadAsync(NetworkStream stream)
        {
            var buffer = new byte[64 * 1024];
            try
            {
                while (await stream.ReadAsync(buffer) is > 0 and var count)
                    Interlocked.Add(ref _read, count);
            }
            catch (IOException)
            {
                // The run is over.
            }
        }
    }
}
