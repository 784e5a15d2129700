namespace StreamNer.Streams;

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
    /// <summary>True when records would flow: the graph runs, the group has been joined and every input topic exists.</summary>
    public bool Ready => State == PipelineState.Running && Joined && MissingTopics.Count == 0;
}
