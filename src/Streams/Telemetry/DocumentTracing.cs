using System.Diagnostics;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Telemetry;

/// <summary>
/// Traces documents from their sender's span to the published event's, as OpenTelemetry's messaging conventions say. Costs nothing
/// while nobody listens.
/// </summary>
/// <remarks>
/// <code>
/// sender's span ◀─parent── process documents ◀─parent── send entities ──traceparent──▶ event
///       ▲                        │ link
///       └───────link── poll documents, one for a batch
/// </code>
/// Spans hold places and sizes, never keys, values or other headers.
/// </remarks>
internal sealed class DocumentTracing(KafkaOptions kafka, TraceOptions options, TimeProvider clock)
{
    /// <summary>Name of the source, for whoever collects.</summary>
    public const string SourceName = "StreamNer.Streams";

    /// <summary>Links of one span, at most: what OpenTelemetry's own limit leaves.</summary>
    private const int MaxLinks = 128;

    private static readonly ActivitySource Source = new(SourceName);

    private readonly TokenBucket _budget = new(options.MaxPerSecond, clock);

    /// <summary>Decides which records of a batch are traced and begins their spans.</summary>
    /// <returns>Null when none is.</returns>
    public BatchTrace? Begin(RecordBatch batch)
    {
        if (!Source.HasListeners() || _budget.Available is not (> 0 and var room))
            return null;

        List<(int Index, ActivityContext? Sender)>? chosen = null;
        var records = batch.Records;
        for (var i = 0; i < records.Length && (chosen?.Count ?? 0) < room; i++)
        {
            if (TraceContext.IsUnsampled(records[i]))
                continue;

            var sender = TraceContext.Read(records[i]);
            if (sender is { } known ? known.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) : Chance())
                (chosen ??= []).Add((i, sender));
        }

        if (chosen is null)
            return null;

        _budget.Spend(chosen.Count);
        return Begin(batch, chosen);
    }

    // Not the trace id's bits: it is us who make the id of a document that brings none.
    private bool Chance() => options.SampleRatio >= 1 || (options.SampleRatio > 0 && Random.Shared.NextDouble() < options.SampleRatio);

    private BatchTrace? Begin(RecordBatch batch, List<(int Index, ActivityContext? Sender)> chosen)
    {
        var now = DateTimeOffset.UtcNow;
        var readAt = now - Stopwatch.GetElapsedTime(batch.ReadAt);
        var poll = Polled(batch, chosen, now - Stopwatch.GetElapsedTime(batch.BegunAt), readAt);
        BatchTrace? trace = null;
        foreach (var (index, sender) in chosen)
        {
            ref readonly var record = ref batch.Records[index];
            ActivityLink[] links = poll is { } context ? [new ActivityLink(context)] : [];
            var process = Start(
                $"process {record.Partition.Topic}", ActivityKind.Consumer, sender ?? default, ProcessTags(record), links, readAt);
            if (process is { Recorded: true })
                (trace ??= new BatchTrace(batch.Count)).Add(index, process);
            else
                process?.Dispose();
        }

        return trace;
    }

    private ActivityContext? Polled(
        RecordBatch batch, List<(int Index, ActivityContext? Sender)> chosen, DateTimeOffset begunAt, DateTimeOffset readAt)
    {
        var topics = batch.Runs.Select(run => run.Partition.Topic).Distinct().ToArray();
        var tags = Tags("poll", "receive", topics[0]);
        tags.Add("messaging.consumer.group.name", kafka.GroupId);
        tags.Add("messaging.batch.message_count", batch.Count);
        var links = chosen.Select(one => one.Sender).OfType<ActivityContext>().Take(MaxLinks).Select(sender => new ActivityLink(sender));
        var name = topics.Length == 1 ? $"poll {topics[0]}" : "poll";
        using var poll = Start(name, ActivityKind.Consumer, default, tags, [.. links], begunAt);
        poll?.SetEndTime(readAt.UtcDateTime);
        return poll?.Context;
    }

    private ActivityTagsCollection ProcessTags(in KafkaRecord record)
    {
        var tags = Tags("process", "process", record.Partition.Topic);
        tags.Add("messaging.consumer.group.name", kafka.GroupId);
        tags.Add(
            "messaging.destination.partition.id", record.Partition.Partition.ToString(System.Globalization.CultureInfo.InvariantCulture));
        tags.Add("messaging.kafka.offset", record.Offset);
        if (record.Value is { } value)
            tags.Add("messaging.message.body.size", value.Length);
        else
            tags.Add("messaging.kafka.message.tombstone", true);
        return tags;
    }

    /// <summary>Begins the span of a record on its way to the broker.</summary>
    public static Activity? Send(Activity process, string topic, int? bytes)
    {
        var tags = Tags("send", "send", topic);
        if (bytes is { } size)
            tags.Add("messaging.message.body.size", size);
        else
            tags.Add("messaging.kafka.message.tombstone", true);
        return Start($"send {topic}", ActivityKind.Producer, process.Context, tags, [], DateTimeOffset.UtcNow);
    }

    private static ActivityTagsCollection Tags(string operation, string type, string destination) => new()
    {
        ["messaging.system"] = "kafka",
        ["messaging.operation.name"] = operation,
        ["messaging.operation.type"] = type,
        ["messaging.destination.name"] = destination,
    };

    private static Activity? Start(
        string name, ActivityKind kind, ActivityContext parent, ActivityTagsCollection tags, ActivityLink[] links, DateTimeOffset at)
    {
        // Spans here live across threads and overlap: none may become the current one of the stream's thread, or get it as a parent.
        var current = Activity.Current;
        Activity.Current = null;
        try
        {
            return Source.StartActivity(name, kind, parent, tags, links, at);
        }
        finally
        {
            Activity.Current = current;
        }
    }
}
