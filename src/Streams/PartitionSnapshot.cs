namespace StreamNer.Streams;

/// <summary>How one assigned partition did at one moment.</summary>
/// <param name="Topic">The input topic.</param>
/// <param name="Partition">The partition's number.</param>
/// <param name="Committable">Up to where it is finished: the next offset to read after a restart. Null before the first record finished.</param>
/// <param name="Lag">Records from there to the end of the partition; null while that is not known.</param>
public sealed record PartitionSnapshot(string Topic, int Partition, long? Committable, long? Lag);
