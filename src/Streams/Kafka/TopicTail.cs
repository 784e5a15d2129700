using Confluent.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Kafka;

/// <summary>
/// Reads topics from their start or from now on, outside of any group: nothing is committed, nobody's share gets smaller. One caller at
/// a time.
/// </summary>
internal sealed class TopicTail : IDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);

    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly Dictionary<TopicPartition, long> _ends = [];
    private readonly HashSet<TopicPartition> _unread;

    /// <summary>Starts reading.</summary>
    /// <param name="options">The broker.</param>
    /// <param name="topics">The topics and how many partitions each has.</param>
    /// <param name="fromNow">Whether only what is written from now on is read.</param>
    /// <param name="uncommitted">Whether records of transactions that are open or were aborted are read as well.</param>
    public TopicTail(
        KafkaOptions options, IEnumerable<(string Topic, int Partitions)> topics, bool fromNow = false, bool uncommitted = false)
    {
        _unread =
            [.. topics.SelectMany(topic =>
                Enumerable.Range(0, topic.Partitions).Select(partition => new TopicPartition(topic.Topic, partition)))];
        _consumer = uncommitted ? ReaderClient.Build(options, ("isolation.level", "read_uncommitted")) : ReaderClient.Build(options);
        _consumer.Assign(_unread.Select(partition => new TopicPartitionOffset(partition, fromNow ? Offset.End : Offset.Beginning)));
    }

    /// <summary>
    /// Whether only what stands in the topics by now is handed out. Setting it asks for their ends, which blocks; by itself the client
    /// tells of an end only where nothing comes for a while.
    /// </summary>
    /// <exception cref="BrokerRefusedException">The broker does not tell the ends.</exception>
    public bool ReadsToPresentEnd
    {
        get => _ends.Count > 0;
        init
        {
            foreach (var partition in value ? [.. _unread] : Array.Empty<TopicPartition>())
            {
                var bounds = Bounds(partition);
                _ends.Add(partition, bounds.High.Value);
                if (bounds.Low >= bounds.High)
                    _unread.Remove(partition);
            }
        }
    }

    /// <summary>
    /// True once everything has been read that stood in the topics when their ends were reached; more may have come since.
    /// </summary>
    public bool IsAtEnd => _unread.Count == 0;

    /// <summary>Waits for the next record. Blocks the calling thread.</summary>
    /// <returns>Null when none came in time.</returns>
    /// <exception cref="BrokerRefusedException">The broker refused to be read.</exception>
    public TopicEntry? Next(TimeSpan atMost)
    {
        if (Consume(atMost) is not { } record)
            return null;

        var end = _ends.GetValueOrDefault(record.TopicPartition, long.MaxValue);
        if (record.IsPartitionEOF || record.Offset.Value >= end - 1)
            _unread.Remove(record.TopicPartition);
        return record.Offset.Value < end && record.Message is { } message
            ? new TopicEntry(record.Topic, record.Partition.Value, record.Offset.Value, message.Key, message.Value,
                RecordHeaders.From(message.Headers))
            : null;
    }

    private WatermarkOffsets Bounds(TopicPartition partition)
    {
        try
        {
            return _consumer.QueryWatermarkOffsets(partition, AnswerTime);
        }
        catch (KafkaException refused)
        {
            throw new BrokerRefusedException($"to tell the end of {partition.Topic}", refused.Error.Reason, refused);
        }
    }

    private ConsumeResult<byte[]?, byte[]?>? Consume(TimeSpan atMost)
    {
        try
        {
            return _consumer.Consume(atMost);
        }
        catch (ConsumeException refused)
        {
            throw new BrokerRefusedException($"to hand out {refused.ConsumerRecord?.Topic ?? "records"}", refused.Error.Reason, refused);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }
}

/// <summary>A record as <see cref="TopicTail"/> found it.</summary>
/// <param name="Topic">Its topic.</param>
/// <param name="Partition">Its partition.</param>
/// <param name="Offset">Its place there.</param>
/// <param name="Key">Null when it has none.</param>
/// <param name="Value">Null for a tombstone.</param>
/// <param name="Headers">In the order of the wire.</param>
internal sealed record TopicEntry(string Topic, int Partition, long Offset, byte[]? Key, byte[]? Value, RecordHeader[] Headers);
