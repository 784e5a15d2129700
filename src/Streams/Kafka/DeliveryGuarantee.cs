namespace StreamNer.Streams.Kafka;

/// <summary>What a reader of the output may count on.</summary>
public enum DeliveryGuarantee
{
    /// <summary>Every record is answered; after a kill, a lost partition or an outage some are answered again.</summary>
    AtLeastOnce,

    /// <summary>
    /// Every record is answered by exactly one event, tombstone or dead letter that a reader with <c>isolation.level=read_committed</c>
    /// sees. Answers and offsets travel in Kafka's transactions; needs a cluster that has them.
    /// </summary>
    ExactlyOnce,
}
