using System.Diagnostics.Metrics;
using System.Globalization;
using StreamNer.Actors;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Host.Observability;

/// <summary>
/// Reads the instruments that <c>/metrics</c> is made of inside the process, for <c>GET /v1/status</c>. A fixed amount of memory; any
/// thread.
/// </summary>
internal sealed class ServiceMeters : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly PipelineStatus _pipeline;
    private readonly DurationCounts _durations = new();
    private readonly DurationCounts _roundTrips = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<DeadLetterKind, long> _deadLetters = [];
    private Dictionary<LaneKey, double> _laneBusySeconds = [];
    private long _entities;
    private long _batches;
    private long _batchWindows;
    private long _queueTokens;
    private long _batchesScored;
    private long _batchesGivenBack;
    private long _poolBytesSent;
    private long _poolBytesReceived;
    private double _batchPadding;

    /// <param name="pipeline">Whose instruments are read, should there be several pipelines in the process.</param>
    public ServiceMeters(PipelineStatus pipeline)
    {
        _pipeline = pipeline;
        _listener.InstrumentPublished = Enable;
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((Measured)state!)(value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((Measured)state!)(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => ((Measured)state!)(value, tags));
        _listener.Start();
    }

    private delegate void Measured(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags);

    /// <summary>Takes all values at one moment.</summary>
    public ServiceReading Read()
    {
        lock (_gate)
        {
            // Lanes that are gone are not measured any more.
            _laneBusySeconds = [];
            _listener.RecordObservableInstruments();
            return new ServiceReading
            {
                Durations = _durations.Read(),
                Entities = Volatile.Read(ref _entities),
                Batches = _batches,
                BatchWindows = _batchWindows,
                BatchPadding = _batchPadding,
                QueueTokens = Volatile.Read(ref _queueTokens),
                DeadLetters = new Dictionary<DeadLetterKind, long>(_deadLetters),
                LaneBusySeconds = _laneBusySeconds,
                RoundTrips = _roundTrips.Read(),
                BatchesScored = Volatile.Read(ref _batchesScored),
                BatchesGivenBack = Volatile.Read(ref _batchesGivenBack),
                PoolBytesSent = Volatile.Read(ref _poolBytesSent),
                PoolBytesReceived = Volatile.Read(ref _poolBytesReceived),
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Enable(Instrument instrument, MeterListener listener)
    {
        var ours = instrument.Meter.Name == ActorsTelemetry.MeterName
            || (instrument.Meter.Name == StreamsTelemetry.MeterName && ReferenceEquals(instrument.Meter.Scope, _pipeline));
        if (ours && ReaderOf(instrument.Name) is { } reader)
            listener.EnableMeasurementEvents(instrument, reader);
    }

    private Measured? ReaderOf(string instrument) => instrument switch
    {
        "streamner.document.duration" => (value, _) => _durations.Add(value),
        "streamner.entities" => (value, _) => Interlocked.Add(ref _entities, (long)value),
        "streamner.queue.tokens" => (value, _) => Interlocked.Add(ref _queueTokens, (long)value),
        "streamner.batch.size" => BatchTaken,
        "streamner.batch.padding_ratio" => BatchPadded,
        "streamner.dead_letters" => DeadLettered,
        "streamner.pool.round_trip" => (value, _) => _roundTrips.Add(value),
        "streamner.pool.batches" => (value, tags) =>
            Interlocked.Add(ref (Tag(tags, "outcome") == "scored" ? ref _batchesScored : ref _batchesGivenBack), (long)value),
        "streamner.pool.bytes" => (value, tags) =>
            Interlocked.Add(ref (Tag(tags, "direction") == "sent" ? ref _poolBytesSent : ref _poolBytesReceived), (long)value),
        // Only measured by Read, which holds the lock.
        "streamner.lane.busy" => (value, tags) =>
            _laneBusySeconds[new LaneKey(Tag(tags, "model"), int.Parse(Tag(tags, "lane"), CultureInfo.InvariantCulture))] = value,
        _ => null,
    };

    private void BatchTaken(double windows, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_gate)
        {
            _batches++;
            _batchWindows += (long)windows;
        }
    }

    private void BatchPadded(double share, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_gate)
            _batchPadding += share;
    }

    private void DeadLettered(double letters, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // Each kind is written once with 0 at the start, so that a rate has something to begin at.
        if (letters == 0)
            return;

        var kind = new DeadLetterKind(Tag(tags, "stage"), Tag(tags, "code"));
        lock (_gate)
            _deadLetters[kind] = _deadLetters.GetValueOrDefault(kind) + (long)letters;
    }

    private static string Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags, string name)
    {
        foreach (var tag in tags)
        {
            if (tag.Key == name)
                return Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "";
        }

        return "";
    }
}
