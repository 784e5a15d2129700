namespace StreamNer.Streams.Kafka;

/// <summary>The consumer cannot go on. The graph ends and starts again with a new one.</summary>
internal sealed class ConsumerFailedException(string message, Exception? inner = null) : Exception(message, inner);
