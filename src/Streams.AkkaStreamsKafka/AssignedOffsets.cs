using Akka.Streams.Kafka.Messages;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.AkkaStreamsKafka;

/// <summary>Which partitions are assigned, where each is read, and what of it may be committed. Any thread.</summary>
/// <remarks>
/// <para>
/// The stage tells of partitions that come and go after the fact, and keeps what it has fetched of those that went. So a record can't be
/// told to belong to this assignment or to an earlier one, and none is ever dropped: whatever enters the stream is published, also when
/// somebody else publishes it too.
/// </para>
/// <para>
/// That is what makes committing safe. The steps finish batches in the order of the stream, so what lies before a finished record of its
/// partition was published, by this assignment or by the earlier one. Where a partition steps back, since it is read again from its
/// committed offset, it gets a new <see cref="AssignedPartition"/>.
/// </para>
/// </remarks>
internal sealed class AssignedOffsets
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PartitionId, Reading> _readings = [];

    /// <summary>Notes that partitions have come.</summary>
    public void Assign(IEnumerable<PartitionId> partitions)
    {
        lock (_gate)
        {
            foreach (var id in partitions)
                _readings[id] = new Reading(id) { IsAssigned = true };
        }
    }

    /// <summary>Notes that partitions have gone.</summary>
    public void Revoke(IEnumerable<PartitionId> partitions)
    {
        lock (_gate)
        {
            foreach (var id in partitions)
            {
                if (_readings.TryGetValue(id, out var reading))
                    reading.IsAssigned = false;
            }
        }
    }

    /// <summary>Notes that all partitions have gone.</summary>
    public void RevokeAll()
    {
        lock (_gate)
        {
            foreach (var reading in _readings.Values)
                reading.IsAssigned = false;
        }
    }

    /// <summary>Gives a record the assignment that it was read under.</summary>
    /// <param name="record">As the stage hands it out.</param>
    /// <param name="skipped">Offsets between the record before and this one.</param>
    /// <returns>Null when it is the record before once more.</returns>
    public KafkaRecord? Read(in ConsumedRecord record, out long skipped)
    {
        lock (_gate)
        {
            if (!_readings.TryGetValue(record.Partition, out var reading))
                _readings[record.Partition] = reading = new Reading(record.Partition);

            skipped = 0;
            if (reading.Next is { } next)
            {
                // librdkafka hands out a record again that it was just handing out when partitions came or went.
                if (record.Offset == next - 1 && record.Timestamp == reading.LastTimestamp)
                    return null;
                if (record.Offset < next)
                    reading.ReadAgain();
                else
                    skipped = record.Offset - next;
            }
            else
            {
                reading.First = record.Offset;
                skipped = reading.SkippedBefore;
            }

            reading.Next = record.Offset + 1;
            reading.LastTimestamp = record.Timestamp;
            return new KafkaRecord(
                reading.Partition, record.Offset, record.Key, record.Value, record.Headers, record.Timestamp);
        }
    }

    /// <summary>Notes what the group had committed when a partition was assigned, before its first record or after it.</summary>
    /// <returns>Offsets between that and the first record, where that is known already.</returns>
    public long NoteCommitted(PartitionId id, long committed)
    {
        lock (_gate)
        {
            if (!_readings.TryGetValue(id, out var reading))
                return 0;

            reading.Committed = committed;
            return reading.SkippedBefore;
        }
    }

    /// <summary>Notes that a batch goes into the stream.</summary>
    /// <param name="batch">The records.</param>
    /// <param name="offsets">The stage's handles of their offsets, by the same index.</param>
    public void Begin(RecordBatch batch, IReadOnlyList<ICommittableOffset> offsets)
    {
        lock (_gate)
        {
            var behind = 0;
            foreach (var run in batch.Runs)
            {
                behind += run.Count;
                run.Partition.Begin(run.Offsets);
                if (Of(run) is { } reading)
                    reading.Ends[run.Offsets.Last] = offsets[behind - 1];
            }
        }
    }

    /// <summary>Notes that a batch is published.</summary>
    /// <returns>What may be committed now.</returns>
    public List<ICommittableOffset> Finish(RecordBatch batch)
    {
        List<ICommittableOffset> due = [];
        lock (_gate)
        {
            foreach (var run in batch.Runs)
            {
                run.Partition.Finish(run.Offsets);
                if (Of(run) is not { } reading || run.Partition.Committable is not { } committable)
                    continue;

                reading.Ends.Remove(committable - 1, out var offset);
                if (!reading.IsAssigned || offset is null)
                    continue;

                reading.Due = offset;
                due.Add(offset);
            }
        }

        return due;
    }

    /// <summary>Notes that the broker has an offset.</summary>
    public void Confirm(GroupTopicPartitionOffset committed)
    {
        lock (_gate)
        {
            if (_readings.TryGetValue(new PartitionId(committed.Topic, committed.Partition), out var reading)
                && reading.Due?.Offset.Offset <= committed.Offset)
            {
                reading.Due = null;
            }
        }
    }

    /// <summary>What may be committed and isn't, as far as the broker has answered.</summary>
    public IReadOnlyList<ICommittableOffset> Unconfirmed()
    {
        lock (_gate)
            return [.. _readings.Values.Where(reading => reading.IsAssigned).Select(reading => reading.Due).OfType<ICommittableOffset>()];
    }

    /// <summary>The assigned partitions, by topic and number. Their ends are the client's secret, so lag is not known.</summary>
    public IReadOnlyList<PartitionSnapshot> Snapshot()
    {
        lock (_gate)
        {
            return
            [
                .. _readings.Values.Where(reading => reading.IsAssigned)
                    .OrderBy(reading => reading.Id.Topic, StringComparer.Ordinal)
                    .ThenBy(reading => reading.Id.Partition)
                    .Select(reading => new PartitionSnapshot(
                        reading.Id.Topic, reading.Id.Partition, reading.Partition.Committable ?? reading.Committed, reading.Next,
                        Lag: null)),
            ];
        }
    }

    // Null for an earlier assignment, or an earlier reading: its offsets are not committed any more.
    private Reading? Of(PartitionRun run) =>
        _readings.TryGetValue(new PartitionId(run.Partition.Topic, run.Partition.Partition), out var reading)
        && ReferenceEquals(reading.Partition, run.Partition) ? reading : null;

    private sealed class Reading(PartitionId id)
    {
        public PartitionId Id { get; } = id;

        public AssignedPartition Partition { get; private set; } = new(id.Topic, id.Partition);

        public bool IsAssigned { get; set; }

        /// <summary>The offset behind the last record; null before the first.</summary>
        public long? Next { get; set; }

        /// <summary>The first offset that was taken under this assignment; null before that.</summary>
        public long? First { get; set; }

        /// <summary>What the group had committed when the partition was assigned; null when nothing, or not known.</summary>
        public long? Committed { get; set; }

        public long SkippedBefore => First is { } first && Committed is { } committed ? Math.Max(0, first - committed) : 0;

        public DateTimeOffset? LastTimestamp { get; set; }

        /// <summary>The handle of the last offset of each run that is under way, by that offset.</summary>
        public Dictionary<long, ICommittableOffset> Ends { get; } = [];

        /// <summary>What may be committed and isn't.</summary>
        public ICommittableOffset? Due { get; set; }

        public void ReadAgain()
        {
            Partition = new AssignedPartition(Id.Topic, Id.Partition);
            Ends.Clear();
            Due = null;
        }
    }
}
