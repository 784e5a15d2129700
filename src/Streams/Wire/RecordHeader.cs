namespace StreamNer.Streams.Wire;

/// <summary>One header of a record. Kafka allows the same key several times, and a null value.</summary>
/// <param name="Key">The header's name; names are compared by their exact case, as Kafka does.</param>
/// <param name="Value">The bytes as they stand on the wire; nobody may change them, they are shared between records.</param>
internal readonly record struct RecordHeader(string Key, byte[]? Value);
