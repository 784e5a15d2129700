namespace StreamNer.Streams.Commit;

/// <summary>The part of a batch that comes from one partition without a break.</summary>
/// <param name="Partition">The assignment it belongs to.</param>
/// <param name="Offsets">From the first record to the last.</param>
/// <param name="Count">Number of records; offsets may be missing in between.</param>
internal readonly record struct PartitionRun(AssignedPartition Partition, OffsetRange Offsets, int Count);
