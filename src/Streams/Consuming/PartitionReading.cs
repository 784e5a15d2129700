using StreamNer.Streams.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Consuming;

/// <summary>What the consumer loop knows of a partition it reads. That loop's own.</summary>
internal sealed class PartitionReading(PartitionId id)
{
    /// <summary>The client's name for it.</summary>
    public PartitionId Id { get; } = id;

    /// <summary>The assignment, which its records carry along.</summary>
    public AssignedPartition Partition { get; } = new(id.Topic, id.Partition);

    /// <summary>The offset that should come next; null when that is not known.</summary>
    public long? NextOffset { get; set; }

    /// <summary>The first offset that was taken under this assignment; null before that.</summary>
    public long? FirstOffset { get; set; }

    /// <summary>When the last record that was taken was written; with its offset it tells whether another one is the same again.</summary>
    public DateTimeOffset? LastTimestamp { get; set; }

    /// <summary>
    /// What the group had committed when the partition was assigned, or what this loop committed since; null when nothing, or not
    /// known.
    /// </summary>
    public long? Committed { get; set; }

    /// <summary>The batch that could not be read when last polled; null once a record came.</summary>
    public UnreadableBatch? Unreadable { get; private set; }

    /// <summary>How often in a row that same batch could not be read.</summary>
    public int UnreadableTimes { get; private set; }

    /// <summary>True after the client was sent back to that batch, until it meets it again.</summary>
    public bool IsReread { get; set; }

    /// <summary>Looks for the end of that batch; null while nobody does.</summary>
    public Task<long?>? EndSearch { get; set; }

    /// <summary>What was last given to the client for its next commit.</summary>
    public long? Stored { get; set; }

    /// <summary>Notes that the client has met a batch that it can't read.</summary>
    public void NoteUnreadable(UnreadableBatch batch)
    {
        if (Unreadable?.At != batch.At)
            ForgetUnreadable();
        Unreadable = batch;
        UnreadableTimes++;
        IsReread = false;
    }

    /// <summary>Notes that the partition goes on.</summary>
    public void ForgetUnreadable() => (Unreadable, UnreadableTimes, IsReread, EndSearch) = (null, 0, false, null);
}
