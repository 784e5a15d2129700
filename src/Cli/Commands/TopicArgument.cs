using StreamNer.Host.Configuration;
using StreamNer.Streams.Kafka;

namespace StreamNer.Cli.Commands;

/// <summary>Finds the broker and the topic that a verb is to read.</summary>
internal static class TopicArgument
{
    private static readonly TimeSpan MostForBroker = TimeSpan.FromSeconds(10);

    /// <summary>Takes the Kafka settings out of a configuration of which nothing else is needed.</summary>
    /// <exception cref="ConfigurationException">A key is unknown, or a Kafka setting can't be used.</exception>
    public static KafkaOptions Kafka(IConfiguration written)
    {
        var configuration = CheckedConfiguration.Of(written);
        ConfigurationException.ThrowIfAny(configuration.Problems);
        var kafka = configuration.Get<KafkaOptions>(KafkaOptions.Section);
        ConfigurationException.ThrowIfAny(string.IsNullOrWhiteSpace(kafka.BootstrapServers)
            ? [$"{KafkaOptions.Section}:BootstrapServers is not set, as in --set Kafka:BootstrapServers=localhost:9092"]
            : [.. ClientSettings.Problems(kafka)]);
        return kafka;
    }

    /// <summary>Asks the broker how many partitions the topic has.</summary>
    /// <exception cref="BrokerUnreachableException">No broker answers.</exception>
    /// <exception cref="TopicMissingException">There is no such topic.</exception>
    public static int Partitions(KafkaOptions kafka, string topic)
    {
        var partitions =
            TopicProbe.CountPartitions(kafka, topic, kafka.ConnectTimeout < MostForBroker ? kafka.ConnectTimeout : MostForBroker);
        return partitions > 0 ? partitions : throw new TopicMissingException(topic, kafka.BootstrapServers);
    }
}
