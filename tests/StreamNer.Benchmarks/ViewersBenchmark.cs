using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using StreamNer.Embedded;
using StreamNer.Host.Configuration;
using StreamNer.Host.Web.Live;

namespace StreamNer.Benchmarks;

/// <summary>
/// The whole service with a classifier that costs nothing, with nobody looking at its live events, one who reads them, and one who does
/// not.
/// </summary>
/// <remarks>
/// The input stands in the topic before the service starts. When a sixteenth of it is published and the viewer is there, if there is to be
/// one, a clock starts, which runs to the last record; what was published before is not counted. The three run in turn on one broker.
/// Memory is what the garbage collector holds after a full collection when all are through, beside what it holds where nobody looked on.
/// </remarks>
internal static class ViewersBenchmark
{
    // The embedded broker keeps 5 MiB a partition: this many let the runs be long enough to compare.
    private const int Partitions = 16;
    private const int Records = 320_000;
    private const int Rounds = 5;

    // Published before the clock starts, whoever looks on: a viewer has long come in by then.
    private const int Lead = Records / 16;

    public static IEnumerable<Figure> Run()
    {
        using var broker = EmbeddedBroker.Start();
        broker.Mock?.SetInitialRebalanceDelay(TimeSpan.Zero);
        broker.CreateTopic("input", Partitions);
        InputTopic.Fill(broker.BootstrapServers, "input", Partitions, Records);

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
                var result = MeasureAsync(broker, $"viewers-{run++}", watcher).GetAwaiter().GetResult();
                if (round >= 0)
                    results[watcher][round] = result;
            }
        }

        foreach (var (watcher, rounds) in results)
        {
            var memory = Paired.Median([.. results[Watcher.No].Zip(rounds, (none, with) => (with.HeldBytes - none.HeldBytes) / 1e6)]);
            var read = Paired.Median([.. rounds.Select(result => (double)result.ReadBytes / 1e3)]);
            yield return new Figure(
                $"service, {watcher.ToString().ToLowerInvariant()} viewer",
                $"{Paired.Median([.. rounds.Select(result => result.PerSecond)]):F0} documents/s; memory {memory:+0.0;-0.0} MB; "
                    + $"viewer read {read:F0} kB, dropped {Paired.Median([.. rounds.Select(result => (double)result.Dropped)]):F0}",
                Figure.InTurn(Rounds),
                Paired.Median([.. results[Watcher.No].Zip(rounds, (none, with) => with.PerSecond / none.PerSecond)]),
                "service, no viewer");
        }
    }

    private static async Task<Result> MeasureAsync(EmbeddedBroker broker, string name, Watcher watcher)
    {
        await using var service = await EmbeddedService.StartAsync(broker, name, Partitions, WithoutCost, ("Web:ShowText", "true"));
        var (status, feed) = (service.Status, service.Services.GetRequiredService<LiveFeed>());
        using var looking = watcher == Watcher.No ? null : new Looking(service.Address, reads: watcher == Watcher.Reading);
        await EmbeddedService.UntilAsync(() => feed.IsWatched == (looking is not null) && status.Snapshot().Published >= Lead);
        var (published, started) = (status.Snapshot().Published, Stopwatch.GetTimestamp());
        await EmbeddedService.UntilAsync(() => status.Snapshot().Published >= Records);
        var perSecond = (Records - published) / Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new Result(perSecond, GC.GetTotalMemory(forceFullCollection: true), looking?.ReadBytes ?? 0, feed.Dropped);
    }

    private static ServicePlan WithoutCost(ServicePlan plan)
    {
        var free =
            plan.Recognition.Models[0] with { Classifiers = new FreeClassifier.Factory(plan.Models[0].Folder.Description.Labels.Length) };
        return plan with { Recognition = plan.Recognition with { Models = [free] } };
    }

    private enum Watcher
    {
        No,
        Reading,
        Stalled,
    }

    private readonly record struct Result(double PerSecond, long HeldBytes, long ReadBytes, long Dropped);

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
