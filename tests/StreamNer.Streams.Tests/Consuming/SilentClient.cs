using StreamNer.Streams.Kafka;

namespace StreamNer.Streams.Tests.Consuming;

/// <summary>A client that has nothing, takes everything and says nothing; a test's own overrides what it is about.</summary>
internal abstract class SilentClient : IConsumerClient
{
    public virtual UnreadableBatch? Unreadable => null;

    public virtual void Subscribe(IRebalanceHandler handler)
    {
    }

    public abstract ConsumedRecord? Poll(TimeSpan atMost);

    public virtual Task<long?> FindLastAsync(UnreadableBatch batch) => Task.FromResult<long?>(null);

    public virtual void Seek(PartitionId partition, long offset)
    {
    }

    public virtual void Pause(PartitionId partition)
    {
    }

    public void PauseAssigned()
    {
    }

    public void ResumeAssigned()
    {
    }

    public virtual void Resume(IReadOnlyList<PartitionId> partitions)
    {
    }

    public string? StoreOffset(PartitionId partition, long offset) => null;

    public virtual CommitRefusal? Commit(IReadOnlyList<PartitionOffset> offsets) => null;

    public virtual IReadOnlyList<PartitionOffset>? ReadCommitted(IReadOnlyList<PartitionId> partitions, TimeSpan atMost) => null;

    public virtual (long? Start, long? End) ReadBounds(PartitionId partition) => default;

    public virtual void Close()
    {
    }

    public virtual void Dispose()
    {
    }
}
