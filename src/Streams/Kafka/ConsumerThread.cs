using Akka;
using Akka.Streams.Dsl;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamNer.Streams.Commit;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Kafka;

/// <summary>Owns the consumer, on a thread of its own: nobody else calls it. Polls, hands on batches, stores and commits offsets.</summary>
/// <remarks>
/// The rebalance handlers run inside <c>Consume</c>, so on this thread too. That is what makes the revoke gate possible: a
/// partition is given away only when its handler returns, which is after its records are finished and committed.
/// Lives for one run of the graph.
/// </remarks>
internal sealed partial class ConsumerThread : IRecordConnector
{
    /// <summary>Batches that wait for the stream, at most. The stream itself holds the others.</summary>
    private const int HandoverBatches = 4;

    private static readonly TimeSpan IdlePoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BusyPoll = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan PausedPoll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan StoreEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AskForCommitted = TimeSpan.FromSeconds(5);

    private readonly KafkaOptions _kafka;
    private readonly PipelineOptions _options;
    private readonly PipelineStatus _status;
    private readonly StreamsTelemetry _telemetry;
    private readonly ILogger _log;
    private readonly TimeSpan _revokeTimeout;

    private readonly RecordHandover _handover = new(HandoverBatches);
    private readonly InFlight _inFlight;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly OutageLog _outage = new();
    private int _started;
    private volatile bool _stopping;
    private volatile bool _aborted;

    // From here on: the consumer thread's own.
    private readonly RecordBatch.Builder _batch;
    private readonly Dictionary<TopicPartition, PartitionReading> _assigned = [];
    private readonly HashSet<string> _missingTopics = [];
    private PartitionReading? _last;
    private ConsumerFailedException? _fatal;
    private bool _paused;
    private bool _pauseAgain;
    private long _nextStore;
    private long _nextLook;
    private long _skipped;

    public ConsumerThread(
        KafkaOptions kafka, PipelineOptions options, PipelineStatus status, StreamsTelemetry telemetry, ILogger log)
    {
        _kafka = kafka;
        _options = options;
        _status = status;
        _telemetry = telemetry;
        _log = log;
        _revokeTimeout = options.RevokeTimeout ?? ClientSettings.SessionTimeout(kafka) * 2 / 3;
        // Both a shutdown and a rebalance wait for what is under way; the less patient one sets how much that is.
        var patience = options.DrainTimeout < _revokeTimeout ? options.DrainTimeout : _revokeTimeout;
        _inFlight = new InFlight(new DrainableLimit(options.MaxDocumentsInFlight, patience / 4, TimeProvider.System), options.MaxBytesInFlight);
        // A batch of large records leaves early, so that several fit into the bound together.
        _batch = new RecordBatch.Builder(options.MaxBatchRecords, options.MaxBytesInFlight / 8);
        status.LooksAt(_inFlight);
    }

    /// <inheritdoc/>
    public Task Closed => _closed.Task;

    /// <summary>Records handed on and not yet finished.</summary>
    public int DocumentsInFlight => _inFlight.Documents;

    /// <inheritdoc/>
    public Source<RecordBatch, NotUsed> Records() =>
        Source.FromGraph(new RecordSource(_handover, started: Start, taken: _inFlight.Signal, cancelled: Abort));

    /// <inheritdoc/>
    public void Finished(RecordBatch batch)
    {
        foreach (var run in batch.Runs)
            run.Partition.Finish(run.Offsets);
        _inFlight.Leave(batch.Count, batch.Bytes);
    }

    /// <inheritdoc/>
    public void StopIntake()
    {
        _stopping = true;
        _inFlight.Signal();
    }

    /// <inheritdoc/>
    public void Abort()
    {
        _aborted = true;
        _stopping = true;
        _inFlight.Signal();
        if (Interlocked.Exchange(ref _started, 1) == 0)
            _closed.TrySetResult();
    }

    private void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
            new Thread(Run) { IsBackground = true, Name = "streamner-consumer" }.Start();
    }

    private void Run()
    {
        Exception? failure = null;
        IConsumer<byte[]?, byte[]?>? consumer = null;
        try
        {
            consumer = Build();
            consumer.Subscribe(_kafka.InputTopics);
            while (!_stopping)
                Step(consumer);
            if (!_aborted)
                Drain(consumer);
        }
        catch (Exception broken)
        {
            failure = broken as ConsumerFailedException ?? new ConsumerFailedException($"the consumer failed: {broken.Message}", broken);
        }

        // The records under way are not waited for after a failure: the graph ends with it.
        _aborted |= failure is not null;
        failure ??= Close(consumer);
        if (failure is not null)
            Dispose(consumer);
        _handover.End(failure);
        _status.LeftGroup();
        if (failure is null)
            _closed.TrySetResult();
        else
            _closed.TrySetException(failure);
    }

    private IConsumer<byte[]?, byte[]?> Build() =>
        new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Consumer(_kafka))
            .SetKeyDeserializer(RawBytes.Instance)
            .SetValueDeserializer(RawBytes.Instance)
            .SetPartitionsAssignedHandler(OnAssigned)
            .SetPartitionsRevokedHandler(OnRevoked)
            .SetPartitionsLostHandler(OnLost)
            .SetErrorHandler((_, error) => OnError(error))
            .SetLogHandler((_, message) => LogClient(_log, message.Facility, message.Message))
            .Build();

    // One turn: at most one record taken, at most one batch handed on.
    private void Step(IConsumer<byte[]?, byte[]?> consumer)
    {
        KeepHouse(consumer);
        if (_batch.IsFull || _batch.Count >= _inFlight.Limit)
        {
            if (!HasRoom() && (_paused || !_inFlight.Wait(() => _stopping || HasRoom(), _options.PauseAfter)))
            {
                Pause(consumer);
                Take(consumer, PausedPoll);
                return;
            }

            if (_stopping)
                return;

            HandOver();
        }

        Resume(consumer);
        if (Take(consumer, _batch.Count == 0 ? IdlePoll : TimeSpan.Zero) || _batch.Count == 0)
            return;

        // Nothing more has arrived. A stream that has nothing to do gets the short batch at once; a busy one lets it grow.
        if (_handover.IsEmpty && HasRoom())
            HandOver();
        else
            Take(consumer, BusyPoll);
    }

    private bool HasRoom() => _handover.HasRoom && _inFlight.HasRoom(_batch.Count, _batch.Bytes);

    private void HandOver()
    {
        var batch = _batch.Build();
        foreach (var run in batch.Runs)
            run.Partition.Begin(run.Offsets);
        _inFlight.Enter(batch.Count, batch.Bytes);
        _telemetry.BatchConsumed(batch);
        _handover.Offer(batch);
    }

    private bool Take(IConsumer<byte[]?, byte[]?> consumer, TimeSpan wait)
    {
        ConsumeResult<byte[]?, byte[]?>? result;
        try
        {
            result = consumer.Consume(wait);
        }
        catch (ConsumeException refused)
        {
            OnError(refused.Error);
            result = null;
        }

        if (_fatal is not null)
            throw _fatal;
        if (result?.Message is not { } message || Find(result.TopicPartition) is not { } reading)
            return false;

        var offset = result.Offset.Value;
        Expect(reading, offset);
        _batch.Add(new KafkaRecord(
            reading.Partition, offset, message.Key, message.Value, RecordHeaders.From(message.Headers), TimestampOf(message.Timestamp)));
        return true;
    }

    private PartitionReading? Find(TopicPartition partition)
    {
        // Records come in runs of one partition: most of the time it is the one before.
        if (_last is { } last && last.Partition.Partition == partition.Partition.Value && last.Partition.Topic == partition.Topic)
            return last;
        return _last = _assigned.GetValueOrDefault(partition);
    }

    private void Expect(PartitionReading reading, long offset)
    {
        if (reading.NextOffset is { } expected && offset > expected)
        {
            _skipped += offset - expected;
            _telemetry.OffsetsSkipped(reading.Partition.Topic, offset - expected);
        }

        reading.FirstOffset ??= offset;
        reading.NextOffset = offset + 1;
    }

    // A producer may write any number; what is no date is as good as none.
    private static DateTimeOffset? TimestampOf(Timestamp timestamp) =>
        timestamp.Type == TimestampType.NotAvailable
        || timestamp.UnixTimestampMs < 0
        || timestamp.UnixTimestampMs > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? null
            : DateTimeOffset.FromUnixTimeMilliseconds(timestamp.UnixTimestampMs);

    // Pausing throws away what the client fetched ahead, so it is the last resort; but a consumer must be polled to stay in its group.
    private void Pause(IConsumer<byte[]?, byte[]?> consumer)
    {
        if (_paused && !_pauseAgain)
            return;

        consumer.Pause(consumer.Assignment);
        if (!_paused)
            LogPaused(_log, _inFlight.Documents);
        _paused = true;
        _pauseAgain = false;
    }

    private void Resume(IConsumer<byte[]?, byte[]?> consumer)
    {
        if (!_paused)
            return;

        consumer.Resume(consumer.Assignment);
        _paused = false;
        _pauseAgain = false;
    }

    private void KeepHouse(IConsumer<byte[]?, byte[]?> consumer)
    {
        var now = Environment.TickCount64;
        if (now < _nextStore)
            return;

        _nextStore = now + (long)StoreEvery.TotalMilliseconds;
        Store(consumer, _assigned.Values);
        if (now < _nextLook)
            return;

        _nextLook = now + (long)LookEvery.TotalMilliseconds;
        Look(consumer);
    }

    private void Store(IConsumer<byte[]?, byte[]?> consumer, IEnumerable<PartitionReading> readings)
    {
        foreach (var reading in readings)
        {
            if (reading.Partition.Committable is not { } committable || committable == reading.Stored)
                continue;

            try
            {
                consumer.StoreOffset(new TopicPartitionOffset(reading.TopicPartition, committable));
                reading.Stored = committable;
            }
            catch (KafkaException refused)
            {
                // The partition is on its way out; what is not stored is read again by its next owner.
                LogNotStored(_log, reading.Partition.Topic, reading.Partition.Partition, committable, refused.Error.Reason);
            }
        }
    }

    private void Look(IConsumer<byte[]?, byte[]?> consumer)
    {
        if (_assigned.Count > 0)
            TellAssigned(consumer);

        if (_skipped > 0)
        {
            LogSkipped(_log, _skipped);
            _skipped = 0;
        }
    }

    /// <param name="consumer">Asked for the ends of the partitions; null when there is no time for it now.</param>
    private void TellAssigned(IConsumer<byte[]?, byte[]?>? consumer = null)
    {
        _status.Assigned(
        [
            .. _assigned.Values
                .OrderBy(reading => reading.Partition.Topic, StringComparer.Ordinal)
                .ThenBy(reading => reading.Partition.Partition)
                .Select(Snapshot),
        ]);

        PartitionSnapshot Snapshot(PartitionReading reading)
        {
            var committable = reading.Partition.Committable ?? reading.Committed;
            var end = consumer?.GetWatermarkOffsets(reading.TopicPartition).High.Value ?? Offset.Unset.Value;

            // A group that is new to a partition has committed nothing there; it is behind from the first record that it was given.
            var first = committable ?? reading.FirstOffset ?? (end == 0 ? 0 : null);
            return new PartitionSnapshot(
                reading.Partition.Topic, reading.Partition.Partition, committable, reading.NextOffset,
                end >= 0 && first is { } from ? Math.Max(0, end - from) : null);
        }
    }

    private void OnAssigned(IConsumer<byte[]?, byte[]?> consumer, List<TopicPartition> partitions)
    {
        if (_outage.Ends())
            LogBrokersBack(_log);

        foreach (var partition in partitions)
            _assigned[partition] = new PartitionReading(partition);
        AskCommitted(consumer, partitions);
        _last = null;
        _pauseAgain = true;
        _missingTopics.Clear();
        TellAssigned();
        LogAssigned(_log, partitions.Count, _assigned.Count);
    }

    // Only for the sake of gaps and lag: the client asks for itself where to begin.
    private void AskCommitted(IConsumer<byte[]?, byte[]?> consumer, List<TopicPartition> partitions)
    {
        if (partitions.Count == 0)
            return;

        try
        {
            foreach (var committed in consumer.Committed(partitions, AskForCommitted))
            {
                if (!committed.Offset.IsSpecial && _assigned.TryGetValue(committed.TopicPartition, out var reading))
                {
                    reading.Committed = committed.Offset.Value;
                    reading.NextOffset = committed.Offset.Value;
                }
            }
        }
        catch (KafkaException unknown)
        {
            LogCommittedUnknown(_log, unknown.Error.Reason);
        }
    }

    private void OnRevoked(IConsumer<byte[]?, byte[]?> consumer, List<TopicPartitionOffset> partitions)
    {
        // Records already taken from these partitions go through as well. There may be no room for them: waiting for it here
        // could take as long as the whole drain.
        if (_batch.Count > 0 && !_stopping)
            HandOver();

        var leaving = Remove(partitions);
        TellAssigned();
        var begun = System.Diagnostics.Stopwatch.GetTimestamp();
        var drained = _inFlight.Wait(() => _aborted || !leaving.Exists(reading => reading.Partition.IsBusy), _revokeTimeout);
        var refused = Commit(consumer, leaving);
        foreach (var reading in leaving)
            reading.Partition.Release();

        var elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(begun);
        if (refused is not null)
            LogNotCommitted(_log, leaving.Count, refused.Reason);
        if (!drained)
            LogRevokedBusy(_log, leaving.Count, elapsed.TotalSeconds);
        else if (refused is null)
            LogRevoked(_log, leaving.Count, _assigned.Count, elapsed.TotalMilliseconds);
    }

    private void OnLost(IConsumer<byte[]?, byte[]?> consumer, List<TopicPartitionOffset> partitions)
    {
        // They belong to somebody else already: a commit would be refused, or worse, taken.
        foreach (var reading in Remove(partitions))
            reading.Partition.Release();
        LogLost(_log, partitions.Count);
        TellAssigned();
        if (_assigned.Count == 0)
            _status.LeftGroup();
    }

    private List<PartitionReading> Remove(List<TopicPartitionOffset> partitions)
    {
        var removed = new List<PartitionReading>(partitions.Count);
        foreach (var partition in partitions)
        {
            if (_assigned.Remove(partition.TopicPartition, out var reading))
                removed.Add(reading);
        }

        _last = null;
        return removed;
    }

    /// <returns>Why the broker refused; null when it has the offsets.</returns>
    private Error? Commit(IConsumer<byte[]?, byte[]?> consumer, IReadOnlyCollection<PartitionReading> readings)
    {
        Store(consumer, readings);
        var due = new List<(PartitionReading Reading, long Offset)>(readings.Count);
        foreach (var reading in readings)
        {
            if (reading.Partition.Committable is { } committable && committable != reading.Committed)
                due.Add((reading, committable));
        }

        if (due.Count == 0)
            return null;

        try
        {
            consumer.Commit(due.Select(one => new TopicPartitionOffset(one.Reading.TopicPartition, one.Offset)));
            foreach (var (reading, offset) in due)
                reading.Committed = offset;
            return null;
        }
        catch (KafkaException refused)
        {
            return refused.Error;
        }
    }

    // A group that is rebalancing may take no offsets; polling carries this member on to the next generation, which takes them.
    // What goes to another member on the way is committed by the revoked handler and is not assigned any more.
    private bool CommitBeforeLeaving(IConsumer<byte[]?, byte[]?> consumer, long begun)
    {
        while (Commit(consumer, _assigned.Values) is { } refused)
        {
            if (_aborted || !PassesWithRebalance(refused) || System.Diagnostics.Stopwatch.GetElapsedTime(begun) >= _options.DrainTimeout)
            {
                LogNotCommitted(_log, _assigned.Count, refused.Reason);
                return false;
            }

            consumer.Pause(consumer.Assignment);
            Take(consumer, PausedPoll);
            _batch.Clear();
        }

        return true;
    }

    private static bool PassesWithRebalance(Error refused) =>
        refused.Code is ErrorCode.RebalanceInProgress or ErrorCode.IllegalGeneration or ErrorCode.StaleMemberEpoch;

    // Polls on while it waits: another member may join meanwhile, and the revoke gate must open for it.
    private void Drain(IConsumer<byte[]?, byte[]?> consumer)
    {
        _batch.Clear();
        while (_handover.TryTake(out var queued))
        {
            foreach (var run in queued.Runs)
                run.Partition.Abandon(run.Offsets);
            _inFlight.Leave(queued.Count, queued.Bytes);
        }

        _handover.End(null);
        consumer.Pause(consumer.Assignment);
        var begun = System.Diagnostics.Stopwatch.GetTimestamp();
        LogDraining(_log, _inFlight.Documents);
        while (!_inFlight.Wait(() => _inFlight.Documents == 0, PausedPoll)
            && System.Diagnostics.Stopwatch.GetElapsedTime(begun) < _options.DrainTimeout)
        {
            Take(consumer, TimeSpan.Zero);
            _batch.Clear();
            KeepHouse(consumer);
        }

        var committed = CommitBeforeLeaving(consumer, begun);
        var left = _inFlight.Documents;
        var elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(begun);
        if (left > 0)
            LogNotDrained(_log, left, elapsed.TotalSeconds);
        else if (committed)
            LogDrained(_log, elapsed.TotalMilliseconds);
    }

    private ConsumerFailedException? Close(IConsumer<byte[]?, byte[]?>? consumer)
    {
        try
        {
            // Nothing under way is waited for any more: either there is nothing, or its time is over.
            _aborted = true;
            consumer?.Close();
            consumer?.Dispose();
            return null;
        }
        catch (KafkaException broken)
        {
            return new ConsumerFailedException($"the consumer did not close: {broken.Error.Reason}", broken);
        }
    }

    private void Dispose(IConsumer<byte[]?, byte[]?>? consumer)
    {
        try
        {
            consumer?.Close();
        }
        catch (Exception broken) when (broken is KafkaException or ObjectDisposedException)
        {
            // What matters is already known: the failure that led here.
            LogNotClosed(_log, broken.Message);
        }
        finally
        {
            consumer?.Dispose();
        }
    }

    private void OnError(Error error)
    {
        if (error.IsFatal || error.Code is ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed)
        {
            _fatal ??= new ConsumerFailedException($"the consumer cannot go on: {error.Reason} ({error.Code})");
        }
        else if (error.Code == ErrorCode.Local_AllBrokersDown)
        {
            if (_outage.Begins())
                LogBrokersDown(_log, _kafka.BootstrapServers);
        }
        else if (error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic)
        {
            if (_missingTopics.Add(error.Reason))
                LogTopicMissing(_log, error.Reason);
        }
        else
        {
            LogClientError(_log, error.Code, error.Reason);
        }
    }
}
