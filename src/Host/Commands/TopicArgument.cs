using StreamNer.Streams.Kafka;

namespace StreamNer.Host.Commands;

/// <summary>Finds a topic that a verb is to read.</summary>
internal static class TopicArgument
{
    private static readonly TimeSpan MostForBroker = TimeSpan.FromSeconds(10);

    /// <summary>Asks the broker how many partitions the topic has.</summary>
    /// <exception cref="Configuration.ConfigurationException">No broker is configured.</exception>
    /// <exception cref="BrokerUnreachableException">No broker answers.</exception>
    /// <exception cref="TopicMissingException">There is no such topic.</exception>
    public static int Partitions(KafkaOptions kafka, string topic)
    {
        if (string.IsNullOrWhiteSpace(kafka.BootstrapServers))
            throw new Configuration.ConfigurationException([$"{KafkaOptions.Section}:BootstrapServers is not set, as in --set Kafka:BootstrapServers=localhost:9092"]);

        var partitions = TopicProbe.Partitions(kafka, topic, kafka.ConnectTimeout < MostForBroker ? kafka.ConnectTimeout : MostForBroker);
        return partitions > 0 ? partitions : throw new TopicMissingException(topic, kafka.BootstrapServers);
    }
}
