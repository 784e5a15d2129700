namespace StreamNer.Streams.Publishing;

/// <summary>Kafka did not take a record that it should. Nothing of the batch is committed; its records are read again.</summary>
internal sealed class PublishFailedException(string message, Exception? inner = null) : Exception(message, inner);
