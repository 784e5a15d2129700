using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using StreamNer.Actors.Devices;
using StreamNer.Inference.Batching;

namespace StreamNer.Actors;

/// <summary>What the recognition actors measure: names, units and bounded tags in one place.</summary>
internal static class ActorsTelemetry
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "StreamNer.Actors";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Histogram<double> TokenizeDuration =
        Meter.CreateHistogram<double>("streamner.tokenize.duration", "s", "Cutting one chunk of documents into windows.");

    private static readonly Histogram<double> QueueDuration =
        Meter.CreateHistogram<double>("streamner.queue.duration", "s", "Wait of a batch's oldest window for its lane.");

    private static readonly Histogram<double> InferenceDuration =
        Meter.CreateHistogram<double>("streamner.inference.duration", "s", "One batch on its lane: packing, run and scoring, retries included.");

    private static readonly Histogram<double> DecodeDuration =
        Meter.CreateHistogram<double>("streamner.decode.duration", "s", "Labels to entities, for the documents that one batch finished.");

    private static readonly Histogram<int> BatchSize =
        Meter.CreateHistogram<int>("streamner.batch.size", "{window}", "Windows of a batch.");

    private static readonly Histogram<int> BatchTokens =
        Meter.CreateHistogram<int>("streamner.batch.tokens", "{token}", "Tokens of a batch, padding not included.");

    private static readonly Histogram<double> PaddingRatio =
        Meter.CreateHistogram<double>("streamner.batch.padding_ratio", "1", "Padding as a share of the tokens computed.");

    private static readonly UpDownCounter<long> QueueTokens =
        Meter.CreateUpDownCounter<long>("streamner.queue.tokens", "{token}", "Tokens of windows that wait for a lane.");

    private static readonly Histogram<double> RulesDuration =
        Meter.CreateHistogram<double>("streamner.rules.duration", "s", "Looking through one chunk of documents for what the rules describe.");

    private static readonly Counter<long> LaneRestarts =
        Meter.CreateCounter<long>("streamner.lane.restarts", "{restart}", "Lanes started again after a loss.");

    private static readonly ConcurrentDictionary<LaneActivity, KeyValuePair<string, object?>[]> Lanes = new(ReferenceEqualityComparer.Instance);

    static ActorsTelemetry() =>
        Meter.CreateObservableCounter("streamner.lane.busy", BusyTimes, "s", "Time that a lane has computed, by model, device and lane. Its rate is the share of time that the lane is busy.");

    /// <summary>Measures how busy a lane is, until <see cref="LaneGone"/>.</summary>
    public static void LaneAdded(string model, string device, int lane, LaneActivity activity)
    {
        Lanes[activity] = [new("model", model), new("device", device), new("lane", lane)];

        // A counter that appears with its first event has no rate there.
        LaneRestarts.Add(0, new("model", model), new KeyValuePair<string, object?>("device", device));
    }

    public static void LaneGone(LaneActivity activity) => Lanes.TryRemove(activity, out _);

    public static void Tokenized(string model, TimeSpan elapsed) => TokenizeDuration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("model", model));

    public static void Queued(string model, long tokens) => QueueTokens.Add(tokens, new KeyValuePair<string, object?>("model", model));

    public static void BatchTaken(string model, TokenBatch batch, TimeSpan waited)
    {
        var tag = new KeyValuePair<string, object?>("model", model);
        QueueTokens.Add(-batch.Tokens, tag);
        QueueDuration.Record(waited.TotalSeconds, tag);
        BatchSize.Record(batch.Windows.Count, tag);
        BatchTokens.Record(batch.Tokens, tag);
        PaddingRatio.Record(batch.PaddingShare, tag);
    }

    public static void BatchFinished(string model, string device, TimeSpan elapsed) =>
        InferenceDuration.Record(elapsed.TotalSeconds, new("model", model), new KeyValuePair<string, object?>("device", device));

    public static void Decoded(string model, TimeSpan elapsed) => DecodeDuration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("model", model));

    public static void RulesMatched(TimeSpan elapsed) => RulesDuration.Record(elapsed.TotalSeconds);

    public static void LaneRestarted(string model, string device) => LaneRestarts.Add(1, new("model", model), new KeyValuePair<string, object?>("device", device));

    private static IEnumerable<Measurement<double>> BusyTimes() => Lanes.Select(lane => new Measurement<double>(lane.Key.Busy.TotalSeconds, lane.Value));
}
