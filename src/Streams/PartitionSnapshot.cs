namespace StreamNer.Streams;

/// <summary>How one assigned partition did at one moment.</summary>
/// <param name="Topic">The input topic.</param>
/// <param name="Partition">The partition's number.</param>
/// <param name="Committable">Up to where it is finished: the next offset to read after a restart. Null before the first record finished.</param>
/// <param name="Position">The next offset that will be taken from it. Null before the first record, where nothing was committed either.</param>
/// <param name="Lag">Records from the first unfinished one to the end of the partition; null while that is not known.</param>
public sealed record PartitionSnapshot(string Topic, int Partition, long? Committable, long? Position, long? Lag);
