namespace StreamNer.Streams.Wire;

/// <summary>A record as it was consumed, free of any client library's types.</summary>
/// <param name="Partition">
/// The assignment it was read under; finishing the record counts there, and only while the assignment holds.
/// </param>
/// <param name="Offset">Its place in the partition.</param>
/// <param name="Key">Null when the record has none.</param>
/// <param name="Value">Null for a tombstone.</param>
/// <param name="Headers">In the order of the wire; empty when there are none.</param>
/// <param name="Timestamp">When the producer or the broker says it was made; null when it says nothing.</param>
internal readonly record struct KafkaRecord(
    AssignedPartition Partition,
    long Offset,
    byte[]? Key,
    byte[]? Value,
    RecordHeader[] Headers,
    DateTimeOffset? Timestamp)
{
    /// <summary>What can't be read from <see cref="Offset"/> on, where this stands for that; null for a record.</summary>
    public UnreadableRange? Unreadable { get; init; }

    /// <summary>The last offset that is finished with it: its own, but for one that stands for a whole batch.</summary>
    public long LastOffset => Unreadable?.Last ?? Offset;

    /// <summary>The record's place in Kafka, which is also the id of a document that brings none: <c>topic/partition/offset</c>.</summary>
    public string Place => string.Concat(Partition.Prefix, Offset.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>What a header takes in memory besides its name and value: two objects, and its place in the array.</summary>
    private const int HeaderPrice = 64;

    /// <summary>Bytes of key, value and headers, and a price for each header: what the record weighs while it is in flight.</summary>
    public long Bytes
    {
        get
        {
            var bytes = (long)(Key?.Length ?? 0) + (Value?.Length ?? 0) + ((long)Headers.Length * HeaderPrice);
            foreach (var header in Headers)
                bytes += header.Bytes;
            return bytes;
        }
    }

    /// <summary>Finds the last header of a name, in any case: the last one wins where a name stands several times.</summary>
    public byte[]? Header(string key)
    {
        for (var i = Headers.Length - 1; i >= 0; i--)
        {
            if (string.Equals(Headers[i].Key, key, StringComparison.OrdinalIgnoreCase))
                return Headers[i].Value;
        }

        return null;
    }
}

/// <summary>A batch that can't be read, and is passed over.</summary>
/// <param name="Last">Its last offset.</param>
/// <param name="Reason">Why it can't be read, in the client's words.</param>
internal sealed record UnreadableRange(long Last, string Reason);

/// <summary>One header of a record. Kafka allows the same key several times, and a null value.</summary>
/// <param name="Key">The header's name, in the case in which it came; the service compares names without case.</param>
/// <param name="Value">The bytes as they stand on the wire; nobody may change them, they are shared between records.</param>
internal readonly record struct RecordHeader(string Key, byte[]? Value)
{
    /// <summary>Length of the name and bytes of the value.</summary>
    public int Bytes => Key.Length + (Value?.Length ?? 0);
}

/// <summary>A record to be produced.</summary>
internal readonly record struct OutgoingRecord(string Topic, byte[]? Key, byte[]? Value, RecordHeader[] Headers)
{
    /// <summary>Bytes of key, value and headers; in a request it has some more around them.</summary>
    public int Bytes
    {
        get
        {
            var bytes = (Key?.Length ?? 0) + (Value?.Length ?? 0);
            foreach (var header in Headers)
                bytes += header.Bytes;
            return bytes;
        }
    }
}
