namespace StreamNer.Streams.Telemetry;

/// <summary>How the pipeline did at one moment.</summary>
/// <param name="State">Where it is in its life.</param>
/// <param name="Joined">True once the group has given this member its share, even an empty one.</param>
/// <param name="Partitions">The assigned partitions, by topic and number.</param>
/// <param name="MissingTopics">Input topics that the broker did not know when it was last asked.</param>
/// <param name="Restarts">How often the graph was restarted since the process began.</param>
/// <param name="LastFailure">What ended the last failed run; null when none failed.</param>
/// <param name="Consumed">Records handed to the stream.</param>
/// <param name="Published">Entity events acknowledged by the broker.</param>
/// <param name="Tombstones">Null values passed through.</param>
/// <param name="DeadLettered">Dead letters acknowledged by the broker.</param>
/// <param name="OffsetGaps">Offsets that were skipped between one record and the next.</param>
/// <param name="InFlight">Records between consumer and commit.</param>
public sealed record PipelineSnapshot(
    PipelineState State,
    bool Joined,
    IReadOnlyList<PartitionSnapshot> Partitions,
    IReadOnlyList<string> MissingTopics,
    int Restarts,
    string? LastFailure,
    long Consumed,
    long Published,
    long Tombstones,
    long DeadLettered,
    long OffsetGaps,
    int InFlight)
{
    /// <summary>Records that may be under way at present; 0 while no run has begun.</summary>
    public int InFlightLimit { get; init; }

    /// <summary>Partitions from which nothing is taken for want of room.</summary>
    public int PausedPartitions { get; init; }

    /// <summary>How long nothing has been finished while records were under way; zero when none are.</summary>
    public TimeSpan SinceProgress { get; init; }

    /// <summary>Records that the producer has and the broker has not acknowledged.</summary>
    public int ProducerQueue { get; init; }

    /// <summary>What was stuck where when the watchdog ended the run; null since the next one has begun, and when nothing was.</summary>
    public string? Stalled { get; init; }

    /// <summary>How long the present transaction has been open; zero while there is none, and at least once.</summary>
    public TimeSpan TransactionOpenFor { get; init; }

    /// <summary>True when that is ten times as long as a transaction takes answers: its end is stuck.</summary>
    public bool TransactionOverdue { get; init; }

    /// <summary>
    /// True when records would flow: the graph runs, the group has been joined, every input topic exists, nothing is stuck and every
    /// partition can be read.
    /// </summary>
    public bool Ready => State == PipelineState.Running && Joined && MissingTopics.Count == 0 && Stalled is null && !TransactionOverdue
        && Partitions.All(partition => partition.Unreadable is null);
}

/// <summary>How one assigned partition did at one moment.</summary>
/// <param name="Topic">The input topic.</param>
/// <param name="Partition">The partition's number.</param>
/// <param name="Committable">
/// Up to where it is finished: the next offset to read after a restart. Null before the first record finished.
/// </param>
/// <param name="Position">
/// The next offset that will be taken from it. Null before the first record, where nothing was committed either.
/// </param>
/// <param name="Lag">Records from the first unfinished one to the end of the partition; null while that is not known.</param>
public sealed record PartitionSnapshot(string Topic, int Partition, long? Committable, long? Position, long? Lag)
{
    /// <summary>Why the partition stands still: a batch in it that can't be read; null when it doesn't.</summary>
    public string? Unreadable { get; init; }
}

/// <summary>The life of the pipeline.</summary>
public enum PipelineState
{
    /// <summary>Waiting for the first answer from the broker.</summary>
    Connecting,

    /// <summary>The graph runs.</summary>
    Running,

    /// <summary>The graph failed and waits for its next start.</summary>
    Restarting,

    /// <summary>Takes nothing more and finishes what is under way.</summary>
    Draining,

    /// <summary>Done: drained, or given up.</summary>
    Stopped,
}
