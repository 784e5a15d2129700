using StreamNer.Streams.Telemetry;

namespace StreamNer.Host.Observability;

/// <summary>Takes a point every five seconds and keeps the last 15 minutes of them. Any thread.</summary>
internal sealed class StatusHistory(ServiceMeters meters, PipelineStatus pipeline, TimeProvider clock) : IHostedService, IDisposable
{
    /// <summary>Points that are kept.</summary>
    public const int MaxPoints = 180;

    /// <summary>What a point stands for.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Queue<StatusPoint> _points = new(MaxPoints);
    private Dictionary<LaneKey, double> _busyRatios = [];
    private Moment? _last;
    private ITimer? _timer;

    /// <summary>Whether this process is a node of a cluster: then points tell of the others.</summary>
    public bool IsNode { get; init; }

    /// <summary>The points, oldest first.</summary>
    public IReadOnlyList<StatusPoint> Points
    {
        get
        {
            lock (_gate)
                return [.. _points];
        }
    }

    /// <summary>
    /// Rates of the last whole interval, or of what there is of the first one; what is under way and what waits as of this moment.
    /// </summary>
    public StatusPoint Now()
    {
        lock (_gate)
        {
            var now = Look();
            var point = PointAt(now);
            return _points.Count == 0
                ? point
                : _points.Last() with
                {
                    Time = point.Time,
                    DocumentsInFlight = point.DocumentsInFlight,
                    QueueTokens = point.QueueTokens,
                    Lag = point.Lag
                };
        }
    }

    /// <summary>The share of the last interval that a lane has computed; null when it is not known.</summary>
    public double? BusyRatio(LaneKey lane)
    {
        lock (_gate)
            return _busyRatios.TryGetValue(lane, out var ratio) ? ratio : null;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            _last = Look();
        _timer = clock.CreateTimer(_ => Tick(), null, Interval, Interval);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void Tick()
    {
        lock (_gate)
        {
            var now = Look();
            if (_points.Count == MaxPoints)
                _points.Dequeue();
            _points.Enqueue(PointAt(now));
            _busyRatios = BusyRatios(_last!, now);
            _last = now;
        }
    }

    private Moment Look() => new(clock.GetTimestamp(), meters.Read(), pipeline.Snapshot());

    private StatusPoint PointAt(Moment now)
    {
        var before = _last ?? now;
        var seconds = Math.Max(clock.GetElapsedTime(before.Timestamp, now.Timestamp).TotalSeconds, 1e-3);
        var batches = now.Reading.Batches - before.Reading.Batches;
        return new StatusPoint(
            clock.GetUtcNow(),
            Math.Round((now.Pipeline.Published - before.Pipeline.Published) / seconds, 2),
            Math.Round((now.Reading.Entities - before.Reading.Entities) / seconds, 2),
            Latency(before.Reading.Durations, now.Reading.Durations),
            now.Pipeline.InFlight,
            Math.Max(0, now.Reading.QueueTokens),
            batches > 0 ? Math.Round((double)(now.Reading.BatchWindows - before.Reading.BatchWindows) / batches, 2) : null,
            batches > 0 ? Math.Round((now.Reading.BatchPadding - before.Reading.BatchPadding) / batches, 4) : null,
            Lag(now.Pipeline.Partitions),
            Math.Round((now.Pipeline.DeadLettered - before.Pipeline.DeadLettered) / seconds, 2))
        {
            Pool = IsNode ? PoolAt(before.Reading, now.Reading, seconds) : null,
        };
    }

    private static StatusPool PoolAt(ServiceReading before, ServiceReading now, double seconds) => new(
        Latency(before.RoundTrips, now.RoundTrips),
        Math.Round((now.BatchesScored - before.BatchesScored) / seconds, 2),
        Math.Round((now.BatchesGivenBack - before.BatchesGivenBack) / seconds, 2),
        Math.Round((now.PoolBytesSent - before.PoolBytesSent) / seconds, 1),
        Math.Round((now.PoolBytesReceived - before.PoolBytesReceived) / seconds, 1));

    private static StatusLatency Latency(long[] before, long[] now) =>
        DurationCounts.Quantiles(before, now, 0.5, 0.95, 0.99) is [var p50, var p95, var p99]
            ? new StatusLatency(Math.Round(p50, 6), Math.Round(p95, 6), Math.Round(p99, 6))
            : StatusLatency.None;

    private Dictionary<LaneKey, double> BusyRatios(Moment before, Moment now)
    {
        var seconds = Math.Max(clock.GetElapsedTime(before.Timestamp, now.Timestamp).TotalSeconds, 1e-3);
        return now.Reading.LaneBusySeconds.ToDictionary(
            lane => lane.Key,
            lane => Math.Round(Math.Clamp((lane.Value - before.Reading.LaneBusySeconds.GetValueOrDefault(lane.Key)) / seconds, 0, 1), 3));
    }

    private static long? Lag(IReadOnlyList<PartitionSnapshot> partitions) =>
        partitions.Any(partition => partition.Lag is not null) ? partitions.Sum(partition => partition.Lag ?? 0) : null;

    private sealed record Moment(long Timestamp, ServiceReading Reading, PipelineSnapshot Pipeline);
}
