using Confluent.Kafka;

namespace StreamNer.Streams.Kafka;

/// <summary>Asks the cluster which of the configured topics it has. Creates nothing.</summary>
internal static class TopicProbe
{
    /// <summary>Asks once. Blocks the calling thread until the cluster answers or the time is over.</summary>
    /// <exception cref="BrokerUnreachableException">No broker answered within <paramref name="atMost"/>.</exception>
    public static TopicReport Probe(KafkaOptions options, TimeSpan atMost)
    {
        var (brokers, partitions) = ReadTopics(options, atMost);
        var selection = new TopicSelection(options);
        string[] inputs = [.. options.InputTopics.SelectMany(Selected).Distinct(StringComparer.Ordinal)];
        return new TopicReport(
            brokers,
            [.. inputs.Select(topic => State(topic, TopicRole.Input))],
            State(options.OutputTopic, TopicRole.Output),
            [.. inputs.Where(topic => !TopicSelection.IsPattern(topic)).Select(options.DeadLetterTopicOf).Distinct()
                .Select(topic => State(topic, TopicRole.DeadLetter))],
            [.. selection.TooLong(partitions.Keys)]);

        string[] Selected(string entry) =>
            TopicSelection.IsPattern(entry) && selection.Matches(entry, partitions.Keys).ToArray() is { Length: > 0 } matching
                ? matching : [entry];

        TopicState State(string topic, TopicRole role) => new(topic, role, partitions.GetValueOrDefault(topic));
    }

    /// <summary>
    /// Asks once how many partitions a topic has. Blocks the calling thread until the cluster answers or the time is over.
    /// </summary>
    /// <returns>0 when there is no such topic.</returns>
    /// <exception cref="BrokerUnreachableException">No broker answered within <paramref name="atMost"/>.</exception>
    public static int CountPartitions(KafkaOptions options, string topic, TimeSpan atMost) =>
        ReadTopics(options, atMost).Partitions.GetValueOrDefault(topic);

    private static (int Brokers, Dictionary<string, int> Partitions) ReadTopics(KafkaOptions options, TimeSpan atMost)
    {
        Error? last = null;
        using var client = new AdminClientBuilder(ClientSettings.Admin(options))
            .SetErrorHandler((_, error) => last = error)
            .SetLogHandler((_, _) => { })
            .Build();
        try
        {
            // All topics, not one by name: asking for a name can create it.
            var metadata = client.GetMetadata(atMost);
            var partitions = metadata.Topics
                .Where(topic => !topic.Error.IsError)
                .ToDictionary(topic => topic.Topic, topic => topic.Partitions.Count, StringComparer.Ordinal);
            return (metadata.Brokers.Count, partitions);
        }
        catch (KafkaException unreachable)
        {
            throw new BrokerUnreachableException(options.BootstrapServers, atMost, (last ?? unreachable.Error).Reason, unreachable);
        }
    }
}

/// <summary>What a cluster has of the configured topics.</summary>
/// <param name="Brokers">How many brokers it has.</param>
/// <param name="Inputs">In the order of the configuration; a pattern that matches no topic stands for itself.</param>
/// <param name="Output">Where events go.</param>
/// <param name="DeadLetters">Where records go that cannot be labelled.</param>
/// <param name="TooLong">Topics that a pattern matches and that are not read, as their names leave no room for their dead letters'.</param>
internal sealed record TopicReport(
    int Brokers, IReadOnlyList<TopicState> Inputs, TopicState Output, IReadOnlyList<TopicState> DeadLetters, IReadOnlyList<string> TooLong)
{
    /// <summary>All of them.</summary>
    public IEnumerable<TopicState> All => [.. Inputs, Output, .. DeadLetters];

    /// <summary>Names of input topics that do not exist, and patterns that match none.</summary>
    public IReadOnlyList<string> MissingInputs => [.. Inputs.Where(topic => !topic.Exists).Select(topic => topic.Name)];
}

/// <summary>One topic as the cluster knows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Partitions">How many it has; 0 when it does not exist.</param>
internal readonly record struct TopicState(string Name, TopicRole Role, int Partitions)
{
    /// <summary>Whether the cluster has it.</summary>
    public bool Exists => Partitions > 0;
}

/// <summary>What a topic is for.</summary>
internal enum TopicRole
{
    /// <summary>Documents come from it.</summary>
    Input,

    /// <summary>Entity events go to it.</summary>
    Output,

    /// <summary>Records that cannot be labelled go to it.</summary>
    DeadLetter,
}
