using Confluent.Kafka;

namespace StreamNer.Streams.Kafka;

/// <summary>Reads topics from their start, outside of any group: nothing is committed, nobody's share gets smaller. One caller at a time.</summary>
internal sealed class TopicTail : IDisposable
{
    private readonly IConsumer<byte[]?, byte[]?> _consumer;

    /// <summary>Starts reading.</summary>
    /// <param name="options">The broker.</param>
    /// <param name="topics">The topics and how many partitions each has.</param>
    public TopicTail(KafkaOptions options, IEnumerable<(string Topic, int Partitions)> topics)
    {
        var settings = ClientSettings.Consumer(options);
        settings["enable.auto.commit"] = "false";
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(settings)
            .SetKeyDeserializer(RawBytes.Instance)
            .SetValueDeserializer(RawBytes.Instance)
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .Build();
        _consumer.Assign(topics.SelectMany(topic => Enumerable.Range(0, topic.Partitions)
            .Select(partition => new TopicPartitionOffset(topic.Topic, partition, Offset.Beginning))));
    }

    /// <summary>Waits for the next record. Blocks the calling thread.</summary>
    /// <returns>Null when none came in time.</returns>
    /// <exception cref="ConsumeException">The broker refused to be read.</exception>
    public TopicEntry? Next(TimeSpan atMost) =>
        _consumer.Consume(atMost) is { Message: { } message } record
            ? new TopicEntry(record.Topic, record.Partition.Value, record.Offset.Value, message.Key, message.Value, RecordHeaders.From(message.Headers))
            : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }
}
