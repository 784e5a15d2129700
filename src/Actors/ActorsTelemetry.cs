using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Windows;

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
        Meter.CreateHistogram<double>("streamner.inference.duration", "s",
            "One batch on its lane: packing, run and scoring, retries included.");

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
        Meter.CreateHistogram<double>("streamner.rules.duration", "s", "Looking through one chunk of "
            + "documents for what the rules describe.");

    private static readonly Counter<long> LaneRestarts =
        Meter.CreateCounter<long>("streamner.lane.restarts", "{restart}", "Lanes started again after a loss.");

    private static readonly Counter<long> AbandonedQuestions =
        Meter.CreateCounter<long>("streamner.questions.abandoned", "{question}",
            "Questions that were dropped since nobody waited for the answer any more.");

    private static readonly Counter<long> RefusedQuestions =
        Meter.CreateCounter<long>("streamner.questions.refused", "{question}", "Requests that were refused since too much waited already.");

    private static readonly Counter<long> DroppedWindows =
        Meter.CreateCounter<long>("streamner.windows.dropped", "{window}",
            "Windows that left the queue uncomputed since nobody waited for their documents.");

    private static readonly Counter<long> NotFinite =
        Meter.CreateCounter<long>("streamner.inference.not_finite", "{window}",
            "Windows for which the model answered with infinities or no numbers.");

    private static readonly ConcurrentDictionary<object, (Func<TimeSpan> Busy, KeyValuePair<string, object?>[] Tags)> Lanes =
        new(ReferenceEqualityComparer.Instance);

    private static readonly ConcurrentDictionary<object, MeasureWaiting> Roots = new(ReferenceEqualityComparer.Instance);

    static ActorsTelemetry()
    {
        Meter.CreateObservableCounter("streamner.lane.busy", BusyTimes, "s",
            "Time that a lane has computed, by model, device and lane. Its rate is the share of time that the lane is busy.");
        Meter.CreateObservableGauge("streamner.questions.waiting", () => Waiting(measured => (long)measured.Questions), "{question}",
            "Questions that wait for their answer, by asker: stream or request.");
        Meter.CreateObservableGauge("streamner.questions.waiting_characters", () => Waiting(measured => measured.Characters), "{character}",
            "Characters of the texts of waiting questions.");
        Meter.CreateObservableGauge("streamner.questions.oldest_wait", () => Waiting(measured => measured.Oldest.TotalSeconds), "s",
            "How long the oldest waiting question has waited; 0 when none waits.");
    }

    /// <summary>Measures what waits on one asker's behalf. Any thread.</summary>
    public delegate (int Questions, long Characters, int Documents, TimeSpan Oldest) MeasureWaiting(RecognitionProtocol.Asker asker);

    /// <summary>Measures how busy a lane is, until <see cref="LaneGone"/>.</summary>
    /// <param name="model">Name of the model.</param>
    /// <param name="device">The device.</param>
    /// <param name="number">Number of the lane.</param>
    /// <param name="lane">Stands for the lane.</param>
    /// <param name="busy">How long it has computed in all. Any thread.</param>
    public static void LaneAdded(string model, string device, int number, object lane, Func<TimeSpan> busy)
    {
        Lanes[lane] = (busy, [new("model", model), new("device", device), new("lane", number)]);

        // A counter that appears with its first event has no rate there.
        LaneRestarts.Add(0, new("model", model), new KeyValuePair<string, object?>("device", device));
        NotFinite.Add(0, new KeyValuePair<string, object?>("model", model));
        DroppedWindows.Add(0, new KeyValuePair<string, object?>("model", model));
    }

    public static void LaneGone(object lane) => Lanes.TryRemove(lane, out _);

    /// <summary>Measures what waits, until <see cref="RootGone"/>.</summary>
    public static void RootAdded(object root, MeasureWaiting measure)
    {
        Roots[root] = measure;
        RefusedQuestions.Add(0);
        foreach (var asker in Enum.GetValues<RecognitionProtocol.Asker>())
            AbandonedQuestions.Add(0, Tag(asker));
    }

    public static void RootGone(object root) => Roots.TryRemove(root, out _);

    public static void QuestionAbandoned(RecognitionProtocol.Asker asker) => AbandonedQuestions.Add(1, Tag(asker));

    public static void QuestionRefused() => RefusedQuestions.Add(1);

    public static void WindowsDropped(string model, IReadOnlyList<TokenWindow> windows)
    {
        var tag = new KeyValuePair<string, object?>("model", model);
        QueueTokens.Add(-windows.Sum(window => (long)window.Length), tag);
        DroppedWindows.Add(windows.Count, tag);
    }

    public static void LogitsNotFinite(string model, int windows) =>
        NotFinite.Add(windows, new KeyValuePair<string, object?>("model", model));

    public static void Tokenized(string model, TimeSpan elapsed) =>
        TokenizeDuration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("model", model));

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

    public static void Decoded(string model, TimeSpan elapsed) =>
        DecodeDuration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("model", model));

    public static void RulesMatched(TimeSpan elapsed) => RulesDuration.Record(elapsed.TotalSeconds);

    public static void LaneRestarted(string model, string device) =>
        LaneRestarts.Add(1, new("model", model), new KeyValuePair<string, object?>("device", device));

    private static KeyValuePair<string, object?> Tag(RecognitionProtocol.Asker asker) =>
        new("asker", asker == RecognitionProtocol.Asker.Stream ? "stream" : "request");

    private static IEnumerable<Measurement<T>> Waiting<T>(Func<(int Questions, long Characters, int Documents, TimeSpan Oldest), T> part)
        where T : struct =>
        from measure in Roots.Values
        from asker in Enum.GetValues<RecognitionProtocol.Asker>()
        select new Measurement<T>(part(measure(asker)), Tag(asker));

    private static IEnumerable<Measurement<double>> BusyTimes() =>
        Lanes.Values.Select(lane => new Measurement<double>(lane.Busy().TotalSeconds, lane.Tags));
}
