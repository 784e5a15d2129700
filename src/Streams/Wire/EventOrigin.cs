namespace StreamNer.Streams.Wire;

/// <summary>The place in Kafka that an event's text came from.</summary>
internal readonly record struct EventOrigin(string Topic, int Partition, long Offset);
