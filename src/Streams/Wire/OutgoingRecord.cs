namespace StreamNer.Streams.Wire;

/// <summary>A record to be produced.</summary>
internal readonly record struct OutgoingRecord(string Topic, byte[]? Key, byte[]? Value, RecordHeader[] Headers);
