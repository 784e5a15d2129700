namespace StreamNer.Streams.Kafka;

/// <summary>No broker answered.</summary>
internal sealed class BrokerUnreachableException(string bootstrapServers, TimeSpan within, string reason, Exception? inner = null)
    : Exception($"no broker of '{bootstrapServers}' answered within {within.TotalSeconds:0.#} s ({reason}); check {KafkaOptions.Section}:BootstrapServers and :Client", inner);
