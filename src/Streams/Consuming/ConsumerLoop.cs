using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Consuming;

/// <summary>
/// The rules of consuming: what is taken, handed on, waited for, stored and committed, and when it ends. Owns no thread and no client.
/// </summary>
/// <remarks>
/// <code>
/// Consuming ──stop asked──▶ Draining ──finished, or out of time──▶ Committing ──taken, or refused for good──▶ Closing
///     │                        │                                      │                                        ▲
///     └──abort, failure────────┴──────────────────────────────────────┴────────────────────────────────────────┘
/// </code>
/// <see cref="RunOnce"/> and the handlers are for one thread, which calls <see cref="RunOnce"/> until it returns false. The handlers come
/// inside the client's <c>Poll</c> and <c>Close</c>, so a partition is given away when <see cref="OnRevoked"/> returns: after its records
/// are finished and committed. <see cref="Finished"/>, <see cref="StopIntake"/> and <see cref="Abort"/> are for any thread.
/// A model-based test holds these rules: <c>ConsumerLoopModelTests</c>.
/// </remarks>
internal sealed partial class ConsumerLoop : IRebalanceHandler
{
    private static readonly TimeSpan IdlePoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BusyPoll = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan PausedPoll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan CommitAgainAfter = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan StoreEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReadCommittedTime = TimeSpan.FromSeconds(5);

    private readonly RecordHandover _handover;
    private readonly InFlight _inFlight;
    private readonly IChangeWait _wait;
    private readonly ConsumingLimits _limits;
    private readonly PipelineStatus _status;
    private readonly StreamsTelemetry _telemetry;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly IFinishing? _finishing;

    private readonly RecordBatch.Builder _batch;
    private readonly Dictionary<PartitionId, PartitionReading> _assigned = [];
    private IConsumerClient _client = null!;
    private PartitionReading? _last;
    private State _state = State.Consuming;
    private bool _paused;
    private bool _pauseAgain;
    private long _storedAt;
    private long _reportedAt;
    private long _skipped;

    private StrongBox<long>? _stopAsked;
    private volatile bool _aborted;

    /// <param name="handover">Takes the batches.</param>
    /// <param name="inFlight">Counts and bounds them.</param>
    /// <param name="wait">Waits for changes of <paramref name="inFlight"/>: that itself, except where a test holds the clock.</param>
    /// <param name="limits">Bounds and times.</param>
    /// <param name="status">Told of partitions.</param>
    /// <param name="telemetry">Told of records.</param>
    /// <param name="log">Told what an operator should know.</param>
    /// <param name="clock">The time.</param>
    /// <param name="finishing">Asked to hurry while something is waited for; null where nothing waits for more.</param>
    public ConsumerLoop(
        RecordHandover handover,
        InFlight inFlight,
        IChangeWait wait,
        ConsumingLimits limits,
        PipelineStatus status,
        StreamsTelemetry telemetry,
        ILogger log,
        TimeProvider clock,
        IFinishing? finishing = null)
    {
        _handover = handover;
        _inFlight = inFlight;
        _wait = wait;
        _limits = limits;
        _status = status;
        _telemetry = telemetry;
        _log = log;
        _clock = clock;
        _finishing = finishing;
        _storedAt = _reportedAt = clock.GetTimestamp();

        // A batch of large records leaves early, so that several fit into the bound together.
        _batch = new RecordBatch.Builder(limits.MaxBatchRecords, limits.MaxBytesInFlight / 8);
    }

    private enum State
    {
        /// <summary>Takes records and hands them on.</summary>
        Consuming,

        /// <summary>Takes nothing more and waits for what is under way.</summary>
        Draining,

        /// <summary>Commits, again while a rebalance is in the way.</summary>
        Committing,

        /// <summary>Waits for nothing any more: only the client is left to close.</summary>
        Closing,
    }

    private bool IsStopping => Volatile.Read(ref _stopAsked) is not null;

    /// <summary>True once a stop or an abort was asked for. Any thread.</summary>
    public bool IsEnding => _aborted || IsStopping;

    /// <summary>Notes that every record of a batch is published or dead-lettered. Any thread.</summary>
    public void Finished(RecordBatch batch)
    {
        foreach (var run in batch.Runs)
            run.Partition.Finish(run.Offsets);
        _inFlight.Leave(batch);
    }

    /// <summary>
    /// Asks for an end after everything under way. Its time runs from here, whatever is being waited for at the moment. Any thread.
    /// </summary>
    public void StopIntake()
    {
        Interlocked.CompareExchange(ref _stopAsked, new StrongBox<long>(_clock.GetTimestamp()), null);
        _inFlight.Signal();
    }

    /// <summary>Asks for an end without waiting. Any thread.</summary>
    public void Abort()
    {
        _aborted = true;
        _inFlight.Signal();
    }

    /// <summary>Joins the group. Before the first <see cref="RunOnce"/>.</summary>
    /// <param name="client">The member; the loop does not close it.</param>
    public void Join(IConsumerClient client)
    {
        _client = client;
        client.Subscribe(this);
    }

    /// <summary>One turn: at most one record taken, at most one batch handed on.</summary>
    /// <returns>False when nothing is left to do but to close the client.</returns>
    /// <exception cref="ConsumerFailedException">The client cannot go on; call <see cref="Fail"/> and close it.</exception>
    public bool RunOnce()
    {
        if (_aborted)
            _state = State.Closing;
        else if (_state == State.Consuming && IsStopping)
            BeginDrain();

        switch (_state)
        {
            case State.Consuming:
                ConsumeOnce();
                return true;
            case State.Draining:
                DrainOnce();
                return true;
            case State.Committing:
                CommitBeforeLeaving();
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// Ends at once because something broke: the graph ends with it, so nothing is waited for and nothing more is handed on.
    /// </summary>
    public void Fail()
    {
        _aborted = true;
        _state = State.Closing;
        _batch.Clear();
    }

    /// <inheritdoc/>
    public void OnAssigned(IReadOnlyList<PartitionId> partitions)
    {
        foreach (var partition in partitions)
            _assigned[partition] = new PartitionReading(partition);
        ReadCommitted(partitions);
        _last = null;
        _pauseAgain = true;
        ReportAssigned();
        LogAssigned(_log, partitions.Count, _assigned.Count);
    }

    /// <inheritdoc/>
    public void OnRevoked(IReadOnlyList<PartitionId> partitions)
    {
        // Records already taken from these partitions go through as well. There may be no room for them: waiting for it here
        // could take as long as the whole drain.
        if (_batch.Count > 0 && _state == State.Consuming && !IsEnding)
            HandOver();

        var leaving = RemoveAssigned(partitions);
        ReportAssigned();
        var begun = _clock.GetTimestamp();
        _finishing?.Hurry(true);
        var drained = AwaitFinished(leaving, begun);
        _finishing?.Hurry(false);
        var refused = CommitLeaving(leaving, begun);
        foreach (var reading in leaving)
            reading.Partition.Release();
        _batch.DropOver();
        ForgetPause(partitions);

        var elapsed = _clock.GetElapsedTime(begun);
        if (refused is { } refusal)
            LogNotCommitted(_log, leaving.Count, refusal.Reason);
        if (!drained)
            LogRevokedBusy(_log, leaving.Count, elapsed.TotalSeconds);
        else if (refused is null)
            LogRevoked(_log, leaving.Count, _assigned.Count, elapsed.TotalMilliseconds);
    }

    /// <inheritdoc/>
    public void OnLost(IReadOnlyList<PartitionId> partitions)
    {
        // They belong to somebody else already: a commit would be refused, or worse, taken. What was taken from them and not handed on
        // is dropped; what is under way is left out by the publish step, unless the producer has it already.
        foreach (var reading in RemoveAssigned(partitions))
            reading.Partition.Release();
        _batch.DropOver();
        ForgetPause(partitions);
        LogLost(_log, partitions.Count);
        ReportAssigned();
        if (_assigned.Count == 0)
            _status.LeftGroup();
    }

    private void ConsumeOnce()
    {
        StoreAndReport();
        if (_batch.IsFull || _batch.Count > 0 && _batch.Count >= _inFlight.Limit)
        {
            var hasRoom = HasRoom();
            if (!hasRoom)
                _telemetry.HandoverRefused();
            if (!hasRoom && (_paused || !_wait.Wait(() => IsEnding || HasRoom(), _limits.PauseAfter)))
            {
                Pause();
                PollOnce(PausedPoll);
                return;
            }

            if (IsEnding)
                return;

            HandOver();
        }

        Resume();
        if (PollOnce(_batch.Count == 0 ? IdlePoll : TimeSpan.Zero) || _batch.Count == 0)
            return;

        // Nothing more has arrived. A stream that has nothing to do gets the short batch at once; a busy one lets it grow.
        if (_handover.IsEmpty && HasRoom() && !IsEnding)
            HandOver();
        else
            PollOnce(BusyPoll);
    }

    private bool HasRoom() => _handover.HasRoom && _inFlight.HasRoom(_batch.Count, _batch.Bytes);

    private void HandOver()
    {
        var batch = _batch.Build();
        foreach (var run in batch.Runs)
            run.Partition.Begin(run.Offsets);
        _inFlight.Enter(batch);
        _telemetry.BatchConsumed(batch);
        _handover.Offer(batch);
    }

    /// <returns>True when a record was taken.</returns>
    private bool PollOnce(TimeSpan atMost)
    {
        if (_client.Poll(atMost) is not { } record)
            return NoteUnreadable();

        if (FindAssigned(record.Partition) is not { } reading || IsSameAgain(reading, record) || HasPassedOver(reading, record.Offset))
            return false;

        reading.ForgetUnreadable();
        NoteOffset(reading, record.Offset);
        reading.LastTimestamp = record.Timestamp;
        _batch.Add(new KafkaRecord(reading.Partition, record.Offset, record.Key, record.Value, record.Headers, record.Timestamp));
        return true;
    }

    private PartitionReading? FindAssigned(PartitionId partition)
    {
        // Records come in runs of one partition: most of the time it is the one before.
        if (_last is { } last && last.Id.Partition == partition.Partition && last.Id.Topic == partition.Topic)
            return last;
        return _last = _assigned.GetValueOrDefault(partition);
    }

    // librdkafka stops fetching while partitions come and go, also from those that stay, and begins again behind the record that it
    // handed out last. One that it is just handing out then comes once more.
    private static bool IsSameAgain(PartitionReading reading, in ConsumedRecord record) =>
        reading.FirstOffset is not null && record.Offset == reading.NextOffset - 1 && record.Timestamp == reading.LastTimestamp;

    private void NoteOffset(PartitionReading reading, long offset)
    {
        // Whoever handed it on would publish it twice, or refuse to go on anyway; from the committed offset it is read in order.
        if (reading.FirstOffset is not null && offset < reading.NextOffset)
        {
            throw new ConsumerFailedException(
                $"{reading.Id.Topic}/{reading.Id.Partition} went back from offset {reading.NextOffset} to "
                    + $"{offset}: was the topic made anew?");
        }

        if (reading.NextOffset is { } expected && offset > expected)
        {
            _skipped += offset - expected;
            _telemetry.OffsetsSkipped(reading.Id.Topic, offset - expected);
        }

        reading.FirstOffset ??= offset;
        reading.NextOffset = offset + 1;
    }

    // Pausing throws away what the client fetched ahead, so it is the last resort; but a consumer must be polled to stay in its group.
    private void Pause()
    {
        if (_paused && !_pauseAgain)
            return;

        _client.PauseAssigned();
        _inFlight.PausedPartitions = _assigned.Count;
        if (!_paused)
            LogPaused(_log, _inFlight.Documents);
        _paused = true;
        _pauseAgain = false;
    }

    private void Resume()
    {
        if (!_paused)
            return;

        _client.ResumeAssigned();
        _inFlight.PausedPartitions = 0;
        _paused = false;
        _pauseAgain = false;
    }

    // A client keeps the pause of a partition that leaves. When it came again nobody would know that nothing is taken from it. Last of all:
    // what was paused is fetched again until it is gone.
    private void ForgetPause(IReadOnlyList<PartitionId> leaving)
    {
        if (_state == State.Consuming)
            _client.Resume(leaving);
    }

    private void StoreAndReport()
    {
        if (_clock.GetElapsedTime(_storedAt) < StoreEvery)
            return;

        _storedAt = _clock.GetTimestamp();
        StoreOffsets(_assigned.Values);
        if (_clock.GetElapsedTime(_reportedAt) < ReportEvery)
            return;

        _reportedAt = _clock.GetTimestamp();
        if (_assigned.Count > 0)
            ReportAssigned(withEnds: true);
        if (_skipped > 0)
            LogSkipped(_log, _skipped);
        _skipped = 0;
    }

    private void StoreOffsets(IEnumerable<PartitionReading> readings)
    {
        foreach (var reading in readings)
        {
            if (reading.Partition.Committable is not { } committable || committable == reading.Stored)
                continue;

            // The partition is on its way out when it is refused; what is not stored is read again by its next owner.
            if (_client.StoreOffset(reading.Id, committable) is { } refused)
                LogNotStored(_log, reading.Id.Topic, reading.Id.Partition, committable, refused);
            else
                reading.Stored = committable;
        }
    }

    /// <param name="withEnds">Whether the client is asked for the ends of the partitions; in a rebalance there is no time for it.</param>
    private void ReportAssigned(bool withEnds = false)
    {
        _status.Assigned(
        [
            .. _assigned.Values
                .OrderBy(reading => reading.Id.Topic, StringComparer.Ordinal)
                .ThenBy(reading => reading.Id.Partition)
                .Select(Snapshot),
        ]);

        PartitionSnapshot Snapshot(PartitionReading reading)
        {
            var committable = reading.Partition.Committable ?? reading.Committed;
            var (start, end) = withEnds ? _client.ReadBounds(reading.Id) : default;

            // A group that is new to a partition has committed nothing there; it is behind from the first record that it was given.
            var first = committable ?? reading.FirstOffset ?? (end == 0 ? 0 : null);

            // What retention has taken is nothing to read any more.
            var lag = end is { } known && first is { } from ? Math.Max(0, known - Math.Max(from, start ?? 0)) : (long?)null;
            var unreadable = reading.UnreadableTimes >= MostUnreadable ? reading.Unreadable : null;
            return new PartitionSnapshot(reading.Id.Topic, reading.Id.Partition, committable, reading.NextOffset, lag)
            {
                Unreadable = unreadable is { } batch ? $"the batch at offset {batch.At.Offset} can't be read: {batch.Reason}" : null,
            };
        }
    }

    // Only for the sake of gaps and lag: the client asks for itself where to begin.
    private void ReadCommitted(IReadOnlyList<PartitionId> partitions)
    {
        if (partitions.Count == 0)
            return;

        foreach (var committed in _client.ReadCommitted(partitions, ReadCommittedTime) ?? [])
        {
            if (_assigned.TryGetValue(committed.Id, out var reading))
            {
                reading.Committed = committed.Offset;
                reading.NextOffset = committed.Offset;
            }
        }
    }

    private bool AwaitFinished(List<PartitionReading> leaving, long begun)
    {
        while (true)
        {
            var stopping = IsStopping;
            var settled = _wait.Wait(() => _aborted || IsStopping != stopping || !IsBusy(), RevokeTimeLeft(begun));
            if (_aborted || !IsBusy())
                return !IsBusy();
            if (!settled)
                return false;
        }

        bool IsBusy() => leaving.Exists(reading => reading.Partition.IsBusy);
    }

    /// <returns>Why the broker refused, also when asked again; null when it has the offsets.</returns>
    private CommitRefusal? CommitLeaving(List<PartitionReading> leaving, long begun)
    {
        while (true)
        {
            var refused = Commit(leaving);
            var left = RevokeTimeLeft(begun);
            if (refused is not { Passes: RefusalPasses.WithHeartbeat } || _aborted || left == TimeSpan.Zero)
                return refused;

            _wait.Wait(() => _aborted, left < CommitAgainAfter ? left : CommitAgainAfter);
        }
    }

    // A stop may be asked for meanwhile, and its time holds for a rebalance too.
    private TimeSpan RevokeTimeLeft(long begun)
    {
        var left = _limits.RevokeTimeout - _clock.GetElapsedTime(begun);
        if (DrainTimeLeft is { } drainLeft && drainLeft < left)
            left = drainLeft;
        return left < TimeSpan.Zero ? TimeSpan.Zero : left;
    }

    private List<PartitionReading> RemoveAssigned(IReadOnlyList<PartitionId> partitions)
    {
        var removed = new List<PartitionReading>(partitions.Count);
        foreach (var partition in partitions)
        {
            if (_assigned.Remove(partition, out var reading))
                removed.Add(reading);
        }

        _last = null;
        return removed;
    }

    /// <returns>Why the broker refused; null when it has the offsets.</returns>
    private CommitRefusal? Commit(IReadOnlyCollection<PartitionReading> readings)
    {
        StoreOffsets(readings);
        var due = new List<(PartitionReading Reading, long Offset)>(readings.Count);
        foreach (var reading in readings)
        {
            if (reading.Partition.Committable is { } committable && committable != reading.Committed)
                due.Add((reading, committable));
        }

        if (due.Count == 0)
            return null;
        if (_client.Commit([.. due.Select(one => new PartitionOffset(one.Reading.Id, one.Offset))]) is { } refused)
            return refused;

        foreach (var (reading, offset) in due)
            reading.Committed = offset;
        return null;
    }

    private TimeSpan? DrainTimeLeft =>
        Volatile.Read(ref _stopAsked) is { } asked ? _limits.DrainTimeout - _clock.GetElapsedTime(asked.Value) : null;

    private void BeginDrain()
    {
        _batch.Clear();
        foreach (var queued in _handover.TakeBack())
        {
            foreach (var run in queued.Runs)
                run.Partition.Abandon(run.Offsets);
            _inFlight.Leave(queued);
        }

        _handover.End(null);
        _finishing?.Hurry(true);
        _client.PauseAssigned();
        LogDraining(_log, _inFlight.Documents);
        _state = State.Draining;
    }

    // Polls on while it waits: another member may join meanwhile, and the revoke gate must open for it.
    private void DrainOnce()
    {
        if (_wait.Wait(() => _aborted || _inFlight.Documents == 0, PausedPoll) || DrainTimeLeft <= TimeSpan.Zero)
        {
            _state = State.Committing;
            return;
        }

        PollOnce(TimeSpan.Zero);
        _batch.Clear();
        StoreAndReport();
    }

    // A group that is rebalancing may take no offsets; polling carries this member on to the next generation, which takes them.
    // What goes to another member on the way is committed by the revoked handler and is not assigned any more.
    private void CommitBeforeLeaving()
    {
        var refused = Commit(_assigned.Values);
        if (refused is { Passes: not RefusalPasses.Never } && DrainTimeLeft > TimeSpan.Zero)
        {
            _client.PauseAssigned();
            PollOnce(PausedPoll);
            _batch.Clear();
            return;
        }

        var elapsed = _limits.DrainTimeout - (DrainTimeLeft ?? TimeSpan.Zero);
        if (refused is { } refusal)
            LogNotCommitted(_log, _assigned.Count, refusal.Reason);
        if (_inFlight.Documents is > 0 and var left)
            LogNotDrained(_log, left, elapsed.TotalSeconds);
        else if (refused is null)
            LogDrained(_log, elapsed.TotalMilliseconds);

        // Nothing under way is waited for any more: either there is nothing, or its time is over.
        _aborted = true;
        _state = State.Closing;
    }
}

/// <summary>Bounds and times of consuming.</summary>
/// <param name="MaxDocumentsInFlight">Records between consumer and commit, at most.</param>
/// <param name="MaxBytesInFlight">Bytes of these records, at most.</param>
/// <param name="MaxBatchRecords">Records of one batch, at most.</param>
/// <param name="DrainTimeout">Longest wait at a stop, counted from when it was asked for.</param>
/// <param name="RevokeTimeout">Longest wait when partitions are taken away.</param>
/// <param name="PauseAfter">How long there must have been no room before partitions are paused.</param>
/// <param name="OnUnreadable">What becomes of a batch that can't be read.</param>
internal sealed record ConsumingLimits(
    int MaxDocumentsInFlight, long MaxBytesInFlight, int MaxBatchRecords, TimeSpan DrainTimeout, TimeSpan RevokeTimeout,
        TimeSpan PauseAfter, OnUnreadableBatch OnUnreadable = OnUnreadableBatch.Stop);
