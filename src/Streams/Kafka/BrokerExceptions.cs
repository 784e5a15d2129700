namespace StreamNer.Streams.Kafka;

/// <summary>No broker answered.</summary>
internal sealed class BrokerUnreachableException(string bootstrapServers, TimeSpan within, string reason, Exception? inner = null)
    : Exception($"no broker of '{bootstrapServers}' answered within {within.TotalSeconds:0.#} s ({reason}); check "
        + $"{KafkaOptions.Section}:BootstrapServers and :Client", inner);

/// <summary>A broker answers, but refuses what a verb asks of it: mostly a right that is missing.</summary>
internal sealed class BrokerRefusedException(string what, string reason, Exception inner)
    : Exception($"the broker refuses {what}: {reason}", inner);

/// <summary>The consumer cannot go on. The graph ends and starts again with a new one.</summary>
internal sealed class ConsumerFailedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// The client threw records away before it sent them, since their transaction can't be committed any more. What it had sent and the broker
/// refused is listed.
/// </summary>
internal sealed class PublishPurgedException(string message, IReadOnlyList<Refusal> refusals, Exception inner) : Exception(message, inner)
{
    public IReadOnlyList<Refusal> Refusals => refusals;
}

/// <summary>Kafka did not take a record that it should. Nothing of the batch is committed; its records are read again.</summary>
internal sealed class PublishFailedException(string message, Exception? inner = null) : Exception(message, inner);
