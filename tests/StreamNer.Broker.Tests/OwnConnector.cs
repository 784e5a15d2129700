using StreamNer.Host.Configuration;

namespace StreamNer.Broker.Tests;

/// <summary>
/// Skips what the connector over Akka.Streams.Kafka can't hold, in a run with <c>-p:KafkaConnector=AkkaStreamsKafka</c>. The reasons stand
/// in <c>docs/adr/0009</c> too.
/// </summary>
internal static class OwnConnector
{
    public const string NoTransactions = "its transactional stages neither begin nor commit a transaction";
    public const string NoRevokeGate = "it tells of partitions after they were given away, so nothing is finished or committed before";
    public const string NoSeek = "a batch that can't be read can be neither passed over nor stood still at: each restarts the pipeline";
    public const string NoProbe = "a broker can't be asked in an outage, so its end is seen with the next record or commit";

    public static void IsNeeded(string reason) =>
        Assert.SkipUnless(ConnectorChoice.IsOwn, $"not with Akka.Streams.Kafka: {reason}");
}
