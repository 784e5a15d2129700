namespace StreamNer.Streams.Commit;

/// <summary>A run of offsets of one partition, both ends included. Offsets in between may be missing (compaction, transaction markers).</summary>
internal readonly record struct OffsetRange(long First, long Last);
