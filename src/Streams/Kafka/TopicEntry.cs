using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Kafka;

/// <summary>A record as <see cref="TopicTail"/> found it.</summary>
/// <param name="Topic">Its topic.</param>
/// <param name="Partition">Its partition.</param>
/// <param name="Offset">Its place there.</param>
/// <param name="Key">Null when it has none.</param>
/// <param name="Value">Null for a tombstone.</param>
/// <param name="Headers">In the order of the wire.</param>
internal sealed record TopicEntry(string Topic, int Partition, long Offset, byte[]? Key, byte[]? Value, RecordHeader[] Headers);
