using System.CommandLine;
using StreamNer.Host.Configuration;
using StreamNer.Streams.Kafka;

namespace StreamNer.Cli.Commands;

/// <summary>Finds the broker and the topic that a verb is to read.</summary>
internal static class TopicArgument
{
    private static readonly TimeSpan MostForBroker = TimeSpan.FromSeconds(10);

    /// <summary>The option to see what no transaction has committed.</summary>
    public static Option<bool> ReadUncommitted() => new("--read-uncommitted")
    {
        Description = "Read records of transactions that are open or were aborted as well. Default: committed ones, and those that were "
            + "written without a transaction.",
    };

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

    /// <summary>The dead-letter topics of the topics that are named, and those of a pattern's topics that are there.</summary>
    /// <exception cref="BrokerUnreachableException">No broker answers.</exception>
    /// <exception cref="TopicMissingException">There are only patterns, and no dead letters of their topics yet.</exception>
    public static IReadOnlyList<string> DeadLetterTopics(KafkaOptions kafka)
    {
        var selection = new TopicSelection(kafka);
        var ofNames = selection.Names.Select(kafka.DeadLetterTopicOf);
        string[] topics = [.. selection.Patterns.IsEmpty ? ofNames : ofNames.Union(TopicProbe.Probe(kafka, Patience(kafka)).DeadLetters
            .Where(topic => topic.Exists).Select(topic => topic.Name))];
        return topics.Length > 0 || selection.Patterns.IsEmpty ? [.. topics.Distinct(StringComparer.Ordinal)]
            : throw new TopicMissingException(kafka.DeadLetterTopic, kafka.BootstrapServers);
    }

    /// <summary>Asks the broker how many partitions the topic has.</summary>
    /// <exception cref="BrokerUnreachableException">No broker answers.</exception>
    /// <exception cref="TopicMissingException">There is no such topic.</exception>
    public static int Partitions(KafkaOptions kafka, string topic)
    {
        var partitions =
            TopicProbe.CountPartitions(kafka, topic, Patience(kafka));
        return partitions > 0 ? partitions : throw new TopicMissingException(topic, kafka.BootstrapServers);
    }

    private static TimeSpan Patience(KafkaOptions kafka) => kafka.ConnectTimeout < MostForBroker ? kafka.ConnectTimeout : MostForBroker;
}
