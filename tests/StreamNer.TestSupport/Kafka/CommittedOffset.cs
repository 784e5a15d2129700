using Confluent.Kafka;

namespace StreamNer.TestSupport.Kafka;

/// <summary>Asks the broker what a group has committed.</summary>
public static class CommittedOffset
{
    /// <summary>The committed offset of a partition; null when there is none.</summary>
    public static long? Of(string bootstrapServers, TestTopics topics, int partition = 0)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new Dictionary<string, string>
        {
            ["bootstrap.servers"] = bootstrapServers,
            ["group.id"] = topics.Group,
        }).SetLogHandler((_, _) => { }).Build();
        var committed = consumer.Committed([new TopicPartition(topics.Input, partition)], TimeSpan.FromSeconds(10)).Single().Offset;
        return committed.IsSpecial ? null : committed.Value;
    }
}
