using Confluent.Kafka;

namespace StreamNer.Streams.Kafka;

/// <summary>Asks the cluster which of the configured topics it has. Creates nothing.</summary>
internal static class TopicProbe
{
    /// <summary>Asks once. Blocks the calling thread until the cluster answers or the time is over.</summary>
    /// <exception cref="BrokerUnreachableException">No broker answered within <paramref name="atMost"/>.</exception>
    public static TopicReport Look(KafkaOptions options, TimeSpan atMost)
    {
        var (brokers, partitions) = Topics(options, atMost);
        return new TopicReport(
            brokers,
            [.. options.InputTopics.Select(topic => State(topic, TopicRole.Input))],
            State(options.OutputTopic, TopicRole.Output),
            [.. options.InputTopics.Select(options.DeadLetterTopicOf).Distinct().Select(topic => State(topic, TopicRole.DeadLetter))]);

        TopicState State(string topic, TopicRole role) => new(topic, role, partitions.GetValueOrDefault(topic));
    }

    /// <summary>Asks once how many partitions a topic has. Blocks the calling thread until the cluster answers or the time is over.</summary>
    /// <returns>0 when there is no such topic.</returns>
    /// <exception cref="BrokerUnreachableException">No broker answered within <paramref name="atMost"/>.</exception>
    public static int Partitions(KafkaOptions options, string topic, TimeSpan atMost) => Topics(options, atMost).Partitions.GetValueOrDefault(topic);

    private static (int Brokers, Dictionary<string, int> Partitions) Topics(KafkaOptions options, TimeSpan atMost)
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
