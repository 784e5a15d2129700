namespace StreamNer.Streams.Kafka;

/// <summary>What stands at the bootstrap address.</summary>
public enum BrokerKind
{
    /// <summary>An Apache Kafka cluster, or one that speaks its protocol.</summary>
    External,

    /// <summary>
    /// The broker inside this product, for trying out and tests: in memory, 5 MiB a partition, no transactions. Clients get
    /// settings that suit it.
    /// </summary>
    Embedded,
}
