using System.Diagnostics;
using StreamNer.Streams.Commit;

namespace StreamNer.Streams.Wire;

/// <summary>The element of the stream: records in poll order, hence in offset order within each partition.</summary>
/// <remarks>Immutable once built. A batch is finished as a whole, and only then are its offsets.</remarks>
internal sealed class RecordBatch
{
    private readonly KafkaRecord[] _records;

    private RecordBatch(KafkaRecord[] records, int count, long bytes, PartitionRun[] runs, long begunAt)
    {
        _records = records;
        Count = count;
        Bytes = bytes;
        Runs = runs;
        BegunAt = begunAt;
    }

    /// <summary>Number of records, one or more.</summary>
    public int Count { get; }

    /// <summary>What the records weigh together.</summary>
    public long Bytes { get; }

    /// <summary>The same records as runs of one partition each, in poll order.</summary>
    public IReadOnlyList<PartitionRun> Runs { get; }

    /// <summary>When its first record was taken, as a <see cref="Stopwatch"/> timestamp.</summary>
    public long BegunAt { get; }

    /// <summary>When the batch was complete, as a <see cref="Stopwatch"/> timestamp.</summary>
    public long ReadAt { get; } = Stopwatch.GetTimestamp();

    /// <summary>The records in poll order.</summary>
    public ReadOnlySpan<KafkaRecord> Records => _records.AsSpan(0, Count);

    /// <summary>Collects the records of one batch. One thread at a time.</summary>
    public sealed class Builder(int maxRecords, long maxBytes)
    {
        private readonly List<PartitionRun> _runs = [];
        private KafkaRecord[] _records = [];
        private long _bytes;
        private long _begunAt;

        /// <summary>Records collected so far.</summary>
        public int Count { get; private set; }

        /// <summary>Bytes collected so far.</summary>
        public long Bytes => _bytes;

        /// <summary>True when the batch should leave. A further record is still taken: one that arrives in a rebalance must go somewhere.</summary>
        public bool IsFull => Count >= maxRecords || _bytes >= maxBytes;

        /// <summary>Takes one more record.</summary>
        public void Add(in KafkaRecord record)
        {
            if (Count == _records.Length)
                Array.Resize(ref _records, Count == 0 ? 16 : Count < maxRecords ? Math.Min(Count * 4, maxRecords) : Count * 2);

            if (Count == 0)
                _begunAt = Stopwatch.GetTimestamp();
            _records[Count++] = record;
            _bytes += record.Bytes;
            if (_runs.Count > 0 && ReferenceEquals(_runs[^1].Partition, record.Partition))
                _runs[^1] = _runs[^1] with { Offsets = _runs[^1].Offsets with { Last = record.Offset }, Count = _runs[^1].Count + 1 };
            else
                _runs.Add(new PartitionRun(record.Partition, new OffsetRange(record.Offset, record.Offset), 1));
        }

        /// <summary>Gives the batch out and starts the next one.</summary>
        public RecordBatch Build()
        {
            var batch = new RecordBatch(_records, Count, _bytes, [.. _runs], _begunAt);
            Clear();
            return batch;
        }

        /// <summary>Forgets what was collected.</summary>
        public void Clear()
        {
            _records = [];
            _runs.Clear();
            _bytes = 0;
            Count = 0;
        }
    }
}
