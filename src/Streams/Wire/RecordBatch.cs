using System.Diagnostics;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;

namespace StreamNer.Streams.Wire;

/// <summary>The element of the stream: records in poll order, and by the same index what became of each.</summary>
/// <remarks>
/// The records never change. The results are filled in by one step after the other, each its own part; a step never touches a batch
/// that it has handed on. A batch is finished as a whole, and only then are its offsets.
/// </remarks>
internal sealed class RecordBatch
{
    private readonly KafkaRecord[] _records;
    private readonly RecordResult[] _results;

    private RecordBatch(KafkaRecord[] records, int count, long bytes, PartitionRun[] runs, long begunAt)
    {
        _records = records;
        _results = new RecordResult[count];
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

    /// <summary>What became of each record, by its index.</summary>
    public Span<RecordResult> Results => _results;

    /// <summary>The spans of its traced records; null when none is traced.</summary>
    public IBatchTrace? Trace { get; set; }

    /// <summary>Which step has it, for whoever asks what is stuck where. Any thread may read it.</summary>
    public PipelineStep Step { get; set; } = PipelineStep.Handover;

    /// <summary>When the recogniser did something last, while it has this batch; null before. Any thread may read it.</summary>
    public RecognitionProgress? Recognition { get; set; }

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

        /// <summary>
        /// True when the batch should leave. A further record is still taken: one that arrives in a rebalance must go somewhere.
        /// </summary>
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
                _runs[^1] = _runs[^1] with { Offsets = _runs[^1].Offsets with { Last = record.LastOffset }, Count = _runs[^1].Count + 1 };
            else
                _runs.Add(new PartitionRun(record.Partition, new OffsetRange(record.Offset, record.LastOffset), 1));
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

        /// <summary>Forgets what was collected of assignments that are over, and keeps the rest in its order.</summary>
        public void DropOver()
        {
            if (!_runs.Exists(run => run.Partition.IsOver))
                return;

            var kept = _records.AsSpan(0, Count).ToArray();
            Clear();
            foreach (var record in kept)
            {
                if (!record.Partition.IsOver)
                    Add(record);
            }
        }
    }
}

/// <summary>What became of one record.</summary>
internal struct RecordResult
{
    /// <summary>The text to label, where reading found one.</summary>
    public Document? Document { get; set; }

    /// <summary>Id of the schema in the frame around the value; null without one.</summary>
    public int? SchemaId { get; set; }

    /// <summary>The labels, or why there are none; null before recognition, and for a tombstone, which passes through.</summary>
    public DocumentOutcome? Outcome { get; set; }

    /// <summary>
    /// What is published in answer; null before that, and for a record whose assignment was over: the new owner answers it.
    /// </summary>
    public OutgoingRecord? Answer { get; set; }

    /// <summary>Why the record became a dead letter; null when it did not.</summary>
    public readonly DocumentOutcome.Failed? Failure => Outcome as DocumentOutcome.Failed;
}

/// <summary>Where a batch is on its way.</summary>
internal enum PipelineStep
{
    /// <summary>Waits for the stream to take it.</summary>
    Handover,

    /// <summary>Is being read, or waits until recognition takes it.</summary>
    Reading,

    /// <summary>The recogniser has its documents.</summary>
    Recognition,

    /// <summary>Waits until the producer takes its answers.</summary>
    Publishing,

    /// <summary>The producer has its answers, the broker has not acknowledged them yet.</summary>
    Acknowledgement,
}

/// <summary>The spans of a batch's traced records, as far as the steps need them. One step at a time.</summary>
internal interface IBatchTrace
{
    /// <summary>Notes that the answer to a record goes to the client.</summary>
    /// <param name="index">The place of the record that it answers.</param>
    /// <param name="topic">Where it goes.</param>
    /// <param name="bytes">Size of its value; null when it has none.</param>
    /// <returns>
    /// What stands in its <c>traceparent</c>; null when the record is not traced, and then the input's own header passes through.
    /// </returns>
    byte[]? Send(int index, string topic, int? bytes);

    /// <summary>Ends all spans: the broker has every answer.</summary>
    void Finish(RecordBatch batch);
}
