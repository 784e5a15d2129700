namespace StreamNer.Streams.Wire;

/// <summary>One assignment of one partition to this process. A partition that is taken away and comes back is a new one.</summary>
/// <remarks>
/// Identity is by reference: that is what tells the records of an earlier assignment, which may still be under way,
/// from those of the present one. <see cref="Begin"/>, <see cref="Finish"/> and the properties may be used from any thread.
/// </remarks>
internal sealed class AssignedPartition
{
    private readonly Lock _gate = new();
    private readonly PartitionWatermark _watermark = new();
    private bool _released;

    public AssignedPartition(string topic, int partition)
    {
        Topic = topic;
        Partition = partition;
        Prefix = $"{topic}/{partition}/";
    }

    /// <summary>The input topic.</summary>
    public string Topic { get; }

    /// <summary>The partition's number.</summary>
    public int Partition { get; }

    /// <summary><c>topic/partition/</c>, the start of the ids of its records.</summary>
    public string Prefix { get; }

    /// <summary>The offset to commit; null when nothing finished yet or the assignment is over.</summary>
    public long? Committable
    {
        get
        {
            lock (_gate)
                return _released ? null : _watermark.Committable;
        }
    }

    /// <summary>True once the partition belongs to somebody else, who reads again whatever is not committed.</summary>
    public bool IsOver
    {
        get
        {
            lock (_gate)
                return _released;
        }
    }

    /// <summary>True while records of this assignment are under way.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_gate)
                return !_released && _watermark.Unfinished > 0;
        }
    }

    /// <summary>Notes that the records of a range go into the stream.</summary>
    public void Begin(OffsetRange range)
    {
        lock (_gate)
            _watermark.Begin(range);
    }

    /// <summary>Notes that the records of a range are published or dead-lettered.</summary>
    /// <returns>False when the assignment is over: the new owner reads these records again, so nothing is noted.</returns>
    public bool Finish(OffsetRange range)
    {
        lock (_gate)
        {
            if (_released)
                return false;

            _watermark.Finish(range);
            return true;
        }
    }

    /// <summary>Notes that a range was taken back before the stream saw it: it will be read again.</summary>
    public void Abandon(OffsetRange range)
    {
        lock (_gate)
        {
            if (!_released)
                _watermark.Abandon(range);
        }
    }

    /// <summary>Ends the assignment: what finishes from now on is ignored.</summary>
    public void Release()
    {
        lock (_gate)
            _released = true;
    }
}

/// <summary>The part of a batch that comes from one partition without a break.</summary>
/// <param name="Partition">The assignment it belongs to.</param>
/// <param name="Offsets">From the first record to the last.</param>
/// <param name="Count">Number of records; offsets may be missing in between.</param>
internal readonly record struct PartitionRun(AssignedPartition Partition, OffsetRange Offsets, int Count);

/// <summary>
/// A run of offsets of one partition, both ends included. Offsets in between may be missing (compaction, transaction markers).
/// </summary>
internal readonly record struct OffsetRange(long First, long Last);
