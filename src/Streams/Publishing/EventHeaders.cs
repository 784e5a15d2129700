using System.Globalization;
using System.Text;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Publishing;

/// <summary>Makes the headers of outgoing records: CloudEvents attributes, headers passed on, reasons of dead letters.</summary>
internal sealed class EventHeaders
{
    /// <summary>The type of every entity event.</summary>
    public const string EventType = "dev.streamner.entities.v1";

    private static readonly RecordHeader SpecVersion = Text(HeaderNames.CloudEventSpecVersion, "1.0");
    private static readonly RecordHeader Type = Text(HeaderNames.CloudEventType, EventType);
    private static readonly RecordHeader JsonContent = Text(HeaderNames.ContentType, "application/json");

    private readonly RecordHeader _source;
    private readonly string _modelHash;
    private readonly HashSet<string> _passed;

    public EventHeaders(OutputOptions options, ModelIdentity model)
    {
        _source = Text(HeaderNames.CloudEventSource, "/streamner/" + Uri.EscapeDataString(model.Name));
        _modelHash = "/" + model.Hash;
        _passed =
            new HashSet<string>(options.PassHeaders, StringComparer.OrdinalIgnoreCase) { HeaderNames.TraceParent, HeaderNames.TraceState };
    }

    /// <summary>The headers of an entity event.</summary>
    /// <remarks>
    /// Everything is derived from the record, <c>ce_time</c> included, which is the record's own timestamp: an event that is
    /// delivered twice is the same event twice. A record without a timestamp gives an event without <c>ce_time</c>. Only the
    /// <c>traceparent</c> of a traced document differs, for it names a span of this delivery.
    /// </remarks>
    /// <param name="record">What the event answers.</param>
    /// <param name="document">Its document.</param>
    /// <param name="traceParent">The span that sends it; null to pass the input's own <c>traceparent</c> on.</param>
    /// <param name="schemaId">Id of the schema in the frame around the value, if it had one.</param>
    public RecordHeader[] Event(in KafkaRecord record, DocumentId document, byte[]? traceParent = null, int? schemaId = null)
    {
        var passed = CountPassed(record.Headers, traceParent);
        var own = 6 + (record.Timestamp is null ? 0 : 1) + (schemaId is null ? 0 : 1);
        var headers = new RecordHeader[own + passed];
        headers[0] = SpecVersion;
        headers[1] = Text(HeaderNames.CloudEventId, string.Concat(record.Place, _modelHash));
        headers[2] = _source;
        headers[3] = Type;
        headers[4] = Text(HeaderNames.CloudEventSubject, document.Value);
        headers[5] = JsonContent;
        if (record.Timestamp is { } timestamp)
            headers[6] = new RecordHeader(HeaderNames.CloudEventTime, Rfc3339(timestamp));
        if (schemaId is { } schema)
            headers[own - 1] = Text(HeaderNames.SchemaId, schema.ToString(CultureInfo.InvariantCulture));
        Pass(record.Headers, traceParent, headers.AsSpan(headers.Length - passed));
        return headers;
    }

    /// <summary>The headers of a tombstone: only what is passed on, since without a value there is no event.</summary>
    public RecordHeader[] Tombstone(in KafkaRecord record, byte[]? traceParent = null)
    {
        var headers = new RecordHeader[CountPassed(record.Headers, traceParent)];
        Pass(record.Headers, traceParent, headers);
        return headers;
    }

    /// <summary>The headers of a dead letter: all that the record had, and why it is here.</summary>
    public static RecordHeader[] DeadLetter(in KafkaRecord record, DocumentOutcome.Failed failure) =>
    [
        .. record.Headers,
        Text(HeaderNames.ErrorException, $"StreamNer.{failure.Stage}.{failure.Code}"),
        Text(HeaderNames.ErrorMessage, failure.Message),
        Text(HeaderNames.ErrorTopic, record.Partition.Topic),
        Text(HeaderNames.ErrorPartition, record.Partition.Partition.ToString(CultureInfo.InvariantCulture)),
        Text(HeaderNames.ErrorOffset, record.Offset.ToString(CultureInfo.InvariantCulture)),
        Text(HeaderNames.ErrorStage, failure.Stage.Name()),
        Text(HeaderNames.ErrorCode, failure.Code.Name()),
        Text(HeaderNames.ErrorAttempts, failure.Attempts.ToString(CultureInfo.InvariantCulture)),
        .. LastOffset(record),
    ];

    private static RecordHeader[] LastOffset(in KafkaRecord record) => record.Unreadable is { } batch
        ? [Text(HeaderNames.ErrorLastOffset, batch.Last.ToString(CultureInfo.InvariantCulture))]
        : [];

    private int CountPassed(RecordHeader[] headers, byte[]? traceParent)
    {
        var count = traceParent is null ? 0 : 1;
        foreach (var header in headers)
        {
            if (IsPassed(header, traceParent))
                count++;
        }

        return count;
    }

    private void Pass(RecordHeader[] from, byte[]? traceParent, Span<RecordHeader> to)
    {
        var at = 0;
        if (traceParent is not null)
            to[at++] = new RecordHeader(HeaderNames.TraceParent, traceParent);
        foreach (var header in from)
        {
            if (IsPassed(header, traceParent))
                to[at++] = header;
        }
    }

    // The input's own traceparent gives way to that of our span; its tracestate stays.
    private bool IsPassed(RecordHeader header, byte[]? traceParent) =>
        _passed.Contains(header.Key)
            && (traceParent is null || !header.Key.Equals(HeaderNames.TraceParent, StringComparison.OrdinalIgnoreCase));

    private static byte[] Rfc3339(DateTimeOffset time)
    {
        Span<byte> utf8 = stackalloc byte[32];
        time.UtcDateTime.TryFormat(utf8, out var written, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        return utf8[..written].ToArray();
    }

    /// <summary>A header with a text, in UTF-8.</summary>
    internal static RecordHeader Text(string key, string value) => new(key, Encoding.UTF8.GetBytes(value));
}
