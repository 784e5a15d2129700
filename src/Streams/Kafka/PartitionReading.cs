using Confluent.Kafka;
using StreamNer.Streams.Commit;

namespace StreamNer.Streams.Kafka;

/// <summary>What the consumer thread knows of a partition it reads. That thread's own.</summary>
internal sealed class PartitionReading(TopicPartition topicPartition)
{
    /// <summary>The client's name for it.</summary>
    public TopicPartition TopicPartition { get; } = topicPartition;

    /// <summary>The assignment, which its records carry along.</summary>
    public AssignedPartition Partition { get; } = new(topicPartition.Topic, topicPartition.Partition.Value);

    /// <summary>The offset that should come next; null when that is not known.</summary>
    public long? NextOffset { get; set; }

    /// <summary>The first offset that was taken under this assignment; null before that.</summary>
    public long? FirstOffset { get; set; }

    /// <summary>What the group had committed when the partition was assigned, or what this thread committed since; null when nothing, or not known.</summary>
    public long? Committed { get; set; }

    /// <summary>What was last given to the client for its next commit.</summary>
    public long? Stored { get; set; }
}
