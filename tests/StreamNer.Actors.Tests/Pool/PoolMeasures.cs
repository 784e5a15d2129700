using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace StreamNer.Actors.Tests.Pool;

/// <summary>
/// What the pool, or another part, measures from now on. The instruments are the process's: a test names its model like no other one does.
/// </summary>
internal sealed class PoolMeasures : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<(string Instrument, double Value, string Tags)> _all = new();

    /// <param name="prefix">How the names of the instruments begin that are listened to.</param>
    public PoolMeasures(string prefix = "streamner.pool.")
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ActorsTelemetry.MeterName
                && instrument.Name.StartsWith(prefix, StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Asks the gauges.</summary>
    public void Look() => _listener.RecordObservableInstruments();

    /// <summary>The values of one instrument with certain tags, such as <c>model=a outcome=scored</c>, in order.</summary>
    public double[] Of(string instrument, string tags) =>
        [.. _all.Where(each => each.Instrument == instrument && each.Tags == tags).Select(each => each.Value)];

    /// <summary>Every value that has a tag.</summary>
    public (string Instrument, double Value, string Tags)[] With(string tag) =>
        [.. _all.Where(each => each.Tags.Split(' ').Contains(tag))];

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        List<string> texts = [];
        foreach (var tag in tags)
            texts.Add($"{tag.Key}={tag.Value}");
        _all.Enqueue((instrument.Name, value, string.Join(' ', texts)));
    }
}
