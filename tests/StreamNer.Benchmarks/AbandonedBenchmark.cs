using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net.Http.Headers;
using System.Text;
using StreamNer.Embedded;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Benchmarks;

/// <summary>
/// The whole service with its model under clients that post long texts and hang up, beside a stream that always has work.
/// </summary>
/// <remarks>
/// First the stream alone, then eight clients that post 900 kB to <c>/v1/label</c> and hang up after 150 ms, for a minute, and beside them
/// one that posts four words again and again and waits. Clients, broker and service share the process: the memory is that of all of them.
/// </remarks>
internal static class AbandonedBenchmark
{
    private const int Partitions = 16;
    private const int Records = 320_000;
    private const int Clients = 8;

    private static readonly TimeSpan Alone = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Load = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan HangUp = TimeSpan.FromMilliseconds(150);

    public static IEnumerable<Figure> Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task<IEnumerable<Figure>> RunAsync()
    {
        using var broker = EmbeddedBroker.Start();
        broker.CreateTopic("input", Partitions);
        InputTopic.Fill(broker.BootstrapServers, "input", Partitions, Records);

        await using var service = await EmbeddedService.StartAsync(broker, "abandoned", Partitions);
        using var waiting = new WaitingRequests();
        var status = service.Status;
        await EmbeddedService.UntilAsync(() => status.Snapshot().Published > 2_000);

        var alone = await RateAsync(status, Task.Delay(Alone));
        var memoryAtStart = Environment.WorkingSet;
        using var http = new HttpClient { BaseAddress = service.Address, Timeout = Timeout.InfiniteTimeSpan };
        using var end = new CancellationTokenSource(Load);
        var clients = Enumerable.Range(0, Clients).Select(_ => HangUpAsync(http, end.Token)).ToArray();
        var polite = AskAsync(http, end.Token);
        var loaded = await RateAsync(status, Task.WhenAll(clients));
        var emptied = Stopwatch.GetTimestamp();
        var latencies = await polite;
        await EmbeddedService.UntilAsync(() => waiting.Count() == 0);
        var empty = Stopwatch.GetElapsedTime(emptied);
        var memoryAtEnd = Environment.WorkingSet;
        var heap = GC.GetGCMemoryInfo(GCKind.Any);
        var ofTheHeap = $"the managed heap is {heap.HeapSizeBytes / 1e6:F0} MB of {heap.TotalCommittedBytes / 1e6:F0} MB committed";

        if (status.Snapshot().Published >= Records)
            throw new InvalidOperationException($"the stream ran dry: {Records} records are too few for this machine");

        latencies.Sort();
        return
        [
            new Figure("stream beside clients that hang up", $"{loaded:F0} documents/s, alone {alone:F0}", Figure.Once, loaded / alone,
                "alone; at least 0.5"),
            new Figure("four words beside them", $"p50 {At(latencies, 0.5):F0} ms, p99 {At(latencies, 0.99):F0} ms of {latencies.Count}",
                Figure.Once, At(latencies, 0.99) / 2_000, "2 s; at most 1"),
            new Figure("memory after them", $"{(memoryAtEnd - memoryAtStart) / 1e6:+0;-0} MB over "
                + $"{memoryAtStart / 1e6:F0} MB; {ofTheHeap}", Figure.Once, (memoryAtEnd - memoryAtStart) / 300e6, "300 MB; at most 1"),
            new Figure("queue of requests empty", $"{empty.TotalSeconds:F2} s after the last hung up "
                + $"({clients.Sum(client => client.Result)} hung up)", Figure.Once, empty.TotalSeconds / 2, "2 s; at most 1"),
        ];
    }

    private static async Task<double> RateAsync(PipelineStatus status, Task end)
    {
        var (published, started) = (status.Snapshot().Published, Stopwatch.GetTimestamp());
        await end;
        return (status.Snapshot().Published - published) / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Posts long texts and hangs up, until the end.</summary>
    /// <returns>How often.</returns>
    private static async Task<int> HangUpAsync(HttpClient http, CancellationToken end)
    {
        var text = string.Concat(Enumerable.Repeat("Sarah Miller of London met Carlos in Berlin. ", 20_000));
        var body = Encoding.UTF8.GetBytes($$"""{"text": "{{text}}"}""");
        var count = 0;
        while (!end.IsCancellationRequested)
        {
            using var patience = new CancellationTokenSource(HangUp);
            try
            {
                using var answer = await http.PostAsync("/v1/label", Json(body), patience.Token);
            }
            catch (Exception gone) when (gone is OperationCanceledException or HttpRequestException)
            {
                count++;
            }
        }

        return count;
    }

    /// <summary>Posts four words every 100 ms and waits for the answer each time.</summary>
    /// <returns>How long each took, in milliseconds.</returns>
    private static async Task<List<double>> AskAsync(HttpClient http, CancellationToken end)
    {
        var body = """{"text": "Sarah lives in London"}"""u8.ToArray();
        List<double> latencies = [];
        while (!end.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            using var answer = await http.PostAsync("/v1/label", Json(body), CancellationToken.None);
            answer.EnsureSuccessStatusCode();
            latencies.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await Task.Delay(100, CancellationToken.None);
        }

        return latencies;
    }

    private static ByteArrayContent Json(byte[] body) =>
        new(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    private static double At(List<double> sorted, double share) => sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))];

    /// <summary>Reads the product's own metric of questions that wait on behalf of requests.</summary>
    private sealed class WaitingRequests : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _count;

        public WaitingRequests()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "streamner.questions.waiting")
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            {
                foreach (var tag in tags)
                {
                    if (tag is { Key: "asker", Value: "request" })
                        _count = value;
                }
            });
            _listener.Start();
        }

        public long Count()
        {
            _listener.RecordObservableInstruments();
            return _count;
        }

        public void Dispose() => _listener.Dispose();
    }
}
