using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Kafka;

/// <summary>A member of a consumer group, as far as consuming needs one: the port behind which a client library stands.</summary>
/// <remarks>One thread calls all of it. The handler is called on that thread, inside <see cref="Poll"/> and <see cref="Close"/>.</remarks>
internal interface IConsumerClient : IDisposable
{
    /// <summary>Joins the group.</summary>
    void Subscribe(IRebalanceHandler handler);

    /// <summary>Waits for the next record and keeps the membership alive.</summary>
    /// <returns>Null when none came in time.</returns>
    /// <exception cref="ConsumerFailedException">The client cannot go on.</exception>
    ConsumedRecord? Poll(TimeSpan atMost);

    /// <summary>What the last <see cref="Poll"/> met in place of a record: a batch that can't be read; null when nothing.</summary>
    UnreadableBatch? Unreadable => null;

    /// <summary>
    /// Finds the last offset of a batch that can't be read, beside the member and without a word to its group. The client looks on a thread
    /// of its own and gives up when it is closed.
    /// </summary>
    /// <returns>A task that never fails: null when the end was not found, and the log says why.</returns>
    Task<long?> FindLastAsync(UnreadableBatch batch);

    /// <summary>Goes on from another offset of a partition that is assigned; what was fetched ahead is thrown away.</summary>
    /// <exception cref="ConsumerFailedException">The client can't.</exception>
    void Seek(PartitionId partition, long offset);

    /// <summary>Takes nothing more from a partition, until <see cref="ResumeAssigned"/>.</summary>
    void Pause(PartitionId partition);

    /// <summary>Takes nothing more from all partitions that are assigned now; what was fetched ahead is thrown away.</summary>
    void PauseAssigned();

    /// <summary>Takes from all partitions that are assigned now again.</summary>
    void ResumeAssigned();

    /// <summary>
    /// Ends the pause of partitions that leave: the client keeps it for them, and they would stand still when they come again.
    /// </summary>
    void Resume(IReadOnlyList<PartitionId> partitions);

    /// <summary>Gives the client an offset for its next commit of its own.</summary>
    /// <returns>Why it did not take it; null when it did.</returns>
    string? StoreOffset(PartitionId partition, long offset);

    /// <summary>Commits and waits for the broker's answer.</summary>
    /// <returns>Why the broker refused; null when it has the offsets.</returns>
    CommitRefusal? Commit(IReadOnlyList<PartitionOffset> offsets);

    /// <summary>Asks what the group has committed.</summary>
    /// <returns>Those that have something committed; null when the broker did not say.</returns>
    IReadOnlyList<PartitionOffset>? ReadCommitted(IReadOnlyList<PartitionId> partitions, TimeSpan atMost);

    /// <summary>Where a partition begins and ends, as the client last heard of it; null for what it has not.</summary>
    (long? Start, long? End) ReadBounds(PartitionId partition);

    /// <summary>Gives all partitions back, leaves the group and closes.</summary>
    /// <exception cref="ConsumerFailedException">It did not close cleanly.</exception>
    void Close();
}

/// <summary>Told when partitions come and go.</summary>
internal interface IRebalanceHandler
{
    /// <summary>Partitions have come, besides those that are there.</summary>
    void OnAssigned(IReadOnlyList<PartitionId> partitions);

    /// <summary>Partitions are asked back. They are given away when this returns.</summary>
    void OnRevoked(IReadOnlyList<PartitionId> partitions);

    /// <summary>Partitions belong to somebody else already.</summary>
    void OnLost(IReadOnlyList<PartitionId> partitions);
}

/// <summary>Names a partition.</summary>
internal readonly record struct PartitionId(string Topic, int Partition);

/// <summary>A partition and the next offset to read from it.</summary>
internal readonly record struct PartitionOffset(PartitionId Id, long Offset);

/// <summary>A batch that the client can't unpack or whose checksum is wrong: it hands nothing out of it, nor anything behind it.</summary>
/// <param name="At">The partition and where the batch begins.</param>
/// <param name="Reason">In the client's words.</param>
internal readonly record struct UnreadableBatch(PartitionOffset At, string Reason);

/// <summary>Why a commit was refused.</summary>
/// <param name="Reason">In the broker's words.</param>
/// <param name="Passes">When the same commit is taken.</param>
internal readonly record struct CommitRefusal(string Reason, RefusalPasses Passes);

/// <summary>When a commit that was refused is taken.</summary>
internal enum RefusalPasses
{
    /// <summary>Not as it is.</summary>
    Never,

    /// <summary>After the rebalance that is under way, which goes on only while the member polls.</summary>
    WithRebalance,

    /// <summary>After the next heartbeat, which tells the client its new epoch, whatever its thread does.</summary>
    WithHeartbeat,
}

/// <summary>A record as the client hands it out.</summary>
internal readonly record struct ConsumedRecord(
    PartitionId Partition, long Offset, byte[]? Key, byte[]? Value, RecordHeader[] Headers, DateTimeOffset? Timestamp);
