namespace StreamNer.Streams.Wire;

/// <summary>The names of headers that mean something to the service.</summary>
internal static class HeaderNames
{
    public const string ContentType = "content-type";

    /// <summary>How Spring names it.</summary>
    public const string SpringContentType = "contentType";

    /// <summary>Id of the schema that stood in the frame of a value, on its event: what the registry's serializers write.</summary>
    public const string SchemaId = "streamner.schema_id";

    /// <summary>The start of every CloudEvents attribute in binary mode.</summary>
    public const string CloudEventPrefix = "ce_";
    public const string CloudEventSpecVersion = "ce_specversion";
    public const string CloudEventId = "ce_id";
    public const string CloudEventSource = "ce_source";
    public const string CloudEventType = "ce_type";
    public const string CloudEventTime = "ce_time";
    public const string CloudEventSubject = "ce_subject";

    public const string TraceParent = "traceparent";
    public const string TraceState = "tracestate";

    /// <summary>Kafka Streams' names for where a dead letter came from and why.</summary>
    public const string ErrorException = "__streams.errors.exception";
    public const string ErrorMessage = "__streams.errors.message";
    public const string ErrorTopic = "__streams.errors.topic";
    public const string ErrorPartition = "__streams.errors.partition";
    public const string ErrorOffset = "__streams.errors.offset";

    /// <summary>What Kafka Streams has no name for.</summary>
    public const string ErrorStage = "streamner.errors.stage";
    public const string ErrorCode = "streamner.errors.code";
    public const string ErrorAttempts = "streamner.errors.attempts";

    /// <summary>The last offset of a batch that could not be read; the first stands in <see cref="ErrorOffset"/>.</summary>
    public const string ErrorLastOffset = "streamner.errors.last_offset";

    /// <summary>Size of a value that was too large even for the dead-letter topic and was left out there.</summary>
    public const string ErrorValueBytes = "streamner.errors.value_bytes";

    /// <summary>Size of a key that was left out there, since the dead-letter topic refused the letter even without its value.</summary>
    public const string ErrorKeyBytes = "streamner.errors.key_bytes";

    /// <summary>Size of the record's own headers, names included, that were left out with the key.</summary>
    public const string ErrorHeaderBytes = "streamner.errors.header_bytes";
}
