using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Transactions;

/// <summary>
/// The rules of transactions: when one begins, what it takes, when it ends, with which offsets, and when it is aborted. Owns no thread.
/// </summary>
/// <remarks>
/// <code>
/// none ──first answers──▶ taking ──full, old, asked, nothing else under way──▶ ending ──every batch settled──▶ committed ──▶ none
///                          │  ▲                                                  │
///                          └──┴─a record or the offsets refused: begun again─────┘──anything else fails: aborted──▶ failed
/// </code>
/// <para>
/// A transaction holds whole batches, in the order of the stream: the answers to their records and the offsets behind them. So whatever
/// is seen of a batch is all of it, and the next instance reads on behind it. A batch that comes while a transaction ends waits for the
/// next one: the client takes nothing for a transaction that has not begun, and begins none before the former is over.
/// </para>
/// <para>
/// The generation of the group is read before it is looked at whether partitions are still ours, and travels with the offsets: a partition
/// lost between the two makes the brokers refuse the commit, one lost before is seen here.
/// </para>
/// <para>
/// <see cref="RunOnce"/> is for one thread, which calls it whenever <c>wake</c> was called or its time is over. All else is for any thread.
/// A model-based test holds these rules: <c>TransactionLoopModelTests</c>.
/// </para>
/// </remarks>
internal sealed partial class TransactionLoop : ITransactionGauge
{
    /// <summary>How often a transaction is tried to be committed before the run ends.</summary>
    private const int MaxCommits = 3;

    /// <summary>How often the client may throw records away, or take none, before the run ends though none was refused.</summary>
    private const int MaxPurges = 3;

    /// <summary>What the client gets to hear of a new generation before a commit that was refused is tried again.</summary>
    private static readonly TimeSpan CommitPause = TimeSpan.FromMilliseconds(100);

    /// <summary>A client that is given up all the same may take no longer to abort; its successor aborts what it left.</summary>
    private static readonly TimeSpan LastAbortTime = TimeSpan.FromSeconds(3);

    private readonly ITransactionClient _client;
    private readonly TransactionOptions _options;
    private readonly Func<int> _underWay;
    private readonly StreamsTelemetry _telemetry;
    private readonly ILogger _log;
    private readonly TimeProvider _clock;
    private readonly Action _wake;

    private readonly ConcurrentQueue<Action> _inbox = new();
    private readonly Queue<Send> _waiting = new();
    private readonly Dictionary<RecordBatch, Member> _members = [];
    private readonly List<Send> _sends = [];
    private readonly Queue<Send> _unsent = new();
    private bool _open;
    private string? _ending;
    private int _records;
    private int _attempt;
    private int _refusedCommits;
    private int _purges;
    private bool _pauses;
    private bool _isAgain;
    private bool _wasRefused;
    private TransactionFailedException? _doom;
    private DateTimeOffset _openedAtUtc;
    private long _openedAt;
    private Exception? _failure;

    private int _hurries;
    private volatile bool _stopAsked;
    private long _openSince = long.MinValue;

    /// <param name="client">The producer; the loop does not dispose it.</param>
    /// <param name="options">How large and how long.</param>
    /// <param name="underWay">Says how many records are between consumer and commit.</param>
    /// <param name="telemetry">Told of each transaction.</param>
    /// <param name="log">Told what an operator should know.</param>
    /// <param name="clock">The time.</param>
    /// <param name="wake">Called when <see cref="RunOnce"/> has something to do. Any thread; cheap.</param>
    public TransactionLoop(ITransactionClient client, TransactionOptions options, Func<int> underWay, StreamsTelemetry telemetry,
        ILogger log, TimeProvider clock, Action wake)
    {
        _client = client;
        _options = options;
        _underWay = underWay;
        _telemetry = telemetry;
        _log = log;
        _clock = clock;
        _wake = wake;
    }

    /// <inheritdoc/>
    public TimeSpan OpenFor =>
        Volatile.Read(ref _openSince) is var since and not long.MinValue ? _clock.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Hands answers over; see <see cref="IEventPublisher.EnqueueAsync"/>. Any thread.</summary>
    public Task<Delivery> EnqueueAsync(RecordBatch batch, ReadOnlyMemory<OutgoingRecord> records)
    {
        var send = new Send(batch, records);
        Post(() => Take(send));
        return send.Taken.Task;
    }

    /// <summary>Says that every record of a batch is answered; completes when the transaction is committed. Any thread.</summary>
    public Task SettleAsync(RecordBatch batch)
    {
        var committed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() => Settle(batch, committed));
        return committed.Task;
    }

    /// <summary>
    /// Somebody waits for what is under way, or does no more. As long as anybody does, a transaction ends as soon as it can. Any thread.
    /// </summary>
    public void Hurry(bool waits)
    {
        Interlocked.Add(ref _hurries, waits ? 1 : -1);
        _wake();
    }

    /// <summary>Asks for the end: what is open is aborted. Any thread.</summary>
    public void Stop()
    {
        _stopAsked = true;
        _wake();
    }

    /// <summary>Does what there is to do.</summary>
    /// <returns>How long there is nothing to do unless woken; null when it is over.</returns>
    public TimeSpan? RunOnce()
    {
        try
        {
            do
            {
                while (_inbox.TryDequeue(out var happened))
                    happened();
                while (!_stopAsked && _failure is null && (Redo() || Admit() || End()))
                {
                    // What ended made room for what waits.
                }
            }
            while (!_inbox.IsEmpty);
        }
        catch (TransactionFailedException failed)
        {
            Fail(failed);
        }
        catch (Exception broken)
        {
            Fail(new TransactionFailedException($"the transaction can't go on: {broken.Message}", TransactionWay.Abort, broken));
        }

        if (_stopAsked)
        {
            Fail(new TransactionFailedException("the run has ended", TransactionWay.Abort));
            return null;
        }

        return UntilDue();
    }

    // One that ends waits for its answers, which wake, unless it was held to pause after a commit that was refused.
    private TimeSpan UntilDue()
    {
        if (!_open || (_ending is not null && !_pauses))
            return Timeout.InfiniteTimeSpan;
        var left = (_ending is null ? _options.Interval : CommitPause * _refusedCommits) - _clock.GetElapsedTime(_openedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void Post(Action happened)
    {
        _inbox.Enqueue(happened);
        _wake();
    }

    private void Take(Send send)
    {
        if (_failure is { } failure)
            send.Fail(failure);
        else if (send.Records.IsEmpty)
            send.TakenAs(Task.FromResult(Delivery.NoRefusals));
        else if (_members.ContainsKey(send.Batch))
            Add(send);
        else
            _waiting.Enqueue(send);
    }

    private void Settle(RecordBatch batch, TaskCompletionSource committed)
    {
        if (_failure is { } failure)
            committed.TrySetException(failure);
        else if (_members.TryGetValue(batch, out var member))
            member.Committed = committed;
        else
            committed.TrySetResult();
    }

    /// <returns>True when a batch was taken into the transaction.</returns>
    private bool Admit()
    {
        if (_ending is not null || _doom is not null || _waiting.Count == 0 || _unsent.Count > 0)
            return false;

        if (!_open)
            Open();
        var send = _waiting.Dequeue();
        _members.Add(send.Batch, new Member(send.Batch));
        _records += send.Batch.Count;
        Add(send);
        _ending ??= _records >= _options.MaxRecords ? TransactionEnd.Full : null;
        return true;
    }

    private void Open()
    {
        _client.Begin();
        _open = true;
        _openedAt = _clock.GetTimestamp();
        _openedAtUtc = _clock.GetUtcNow();
        Volatile.Write(ref _openSince, _openedAt);
    }

    /// <returns>True when a transaction has ended.</returns>
    private bool End()
    {
        if (!_open)
            return false;

        var settled = _members.Values.All(member => member.Committed is not null) && _sends.TrueForAll(send => send.IsAnswered);
        _ending ??= Volatile.Read(ref _hurries) > 0 ? TransactionEnd.Asked
            : _clock.GetElapsedTime(_openedAt) >= _options.Interval ? TransactionEnd.Interval
            : settled && _waiting.Count == 0 && _underWay() <= _records ? TransactionEnd.Idle
            : null;
        _pauses = false;
        if (_ending is null || !settled || _doom is not null)
            return false;
        _pauses = _clock.GetElapsedTime(_openedAt) < CommitPause * _refusedCommits;
        if (_pauses)
            return false;

        Commit();
        return true;
    }

    private void Commit()
    {
        // In this order: see the remarks of the class.
        var generation = _client.ReadGeneration();
        if (_members.Values.FirstOrDefault(member => member.HasLeft) is { } lost)
        {
            var gone = lost.Answered.First(run => run.Partition.IsOver).Partition;
            throw new TransactionFailedException(
                $"{gone.Topic}/{gone.Partition} was taken away before its answers were committed", TransactionWay.Abort);
        }

        var offsets = new Dictionary<PartitionId, long>();
        foreach (var member in _members.Values)
        {
            foreach (var run in member.Answered)
                offsets[new PartitionId(run.Partition.Topic, run.Partition.Partition)] = run.Offsets.Last + 1;
        }

        try
        {
            _client.Commit([.. offsets.Select(one => new PartitionOffset(one.Key, one.Value))], generation);
        }
        catch (TransactionFailedException refused) when (refused.Way == TransactionWay.Abort && ++_refusedCommits < MaxCommits)
        {
            // Mostly a group that has just gone on to its next generation, of which the client hears in a moment.
            BeginAgain(refused.Message, TransactionEnd.Failed);
            return;
        }

        _telemetry.TransactionCommitted(_ending!, _records, _clock.GetElapsedTime(_openedAt));
        var committed = _members.Values.ToArray();
        Clear();
        foreach (var member in committed)
            member.Committed!.TrySetResult();
    }

    private void Add(Send send)
    {
        _sends.Add(send);
        _unsent.Enqueue(send);
        Pump();
    }

    // At once; when begun again, one after the other, each when the one before is acknowledged: a request that is refused then holds
    // nothing of what was taken before.
    private void Pump()
    {
        while (_doom is null && _unsent.Count > 0 && (!_isAgain || _sends.TrueForAll(send => send.IsReported || !send.IsSent)))
            Produce(_unsent.Dequeue());
    }

    private void Produce(Send send)
    {
        var attempt = _attempt;
        var (records, places) = send.Left();
        (send.IsSent, send.IsReported) = (true, false);
        Delivery delivery;
        try
        {
            delivery = _client.Produce(records);
        }
        catch (TransactionFailedException refused) when (refused.Way == TransactionWay.Abort)
        {
            // The client knows already of a record that was refused, of which the report is still on its way.
            send.IsReported = true;
            _doom ??= refused;
            return;
        }

        send.Taken.TrySetResult(new Delivery(send.Acknowledged.Task));

        // Never here: an answer may begin everything again, in the middle of what is being sent.
        _ = delivery.Acknowledged.ContinueWith(
            answer => Post(() => Answered(send, attempt, places, answer)), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Answered(Send send, int attempt, int[]? places, Task<IReadOnlyList<Refusal>> answer)
    {
        if (attempt != _attempt || _failure is not null)
        {
            _ = answer.Exception;
            return;
        }

        send.IsReported = true;
        var broken = answer.Exception?.GetBaseException();
        var refusals = broken is null ? answer.Result : (broken as PublishPurgedException)?.Refusals;
        if (refusals is null)
            throw new TransactionFailedException(broken!.Message, TransactionWay.Abort, broken);

        foreach (var refusal in refusals)
            send.Drop(places is null ? refusal : refusal with { Index = places[refusal.Index] });

        // Refused before it was sent: the transaction has not seen it. Else nothing of it can be committed any more, and the client throws
        // away what it has not sent yet.
        if (refusals.FirstOrDefault(refusal => !refusal.Alone) is { Message: not null } seen)
        {
            _wasRefused = true;
            _doom ??= new TransactionFailedException(seen.Message, TransactionWay.Abort);
        }
        else if (broken is not null)
        {
            _doom ??= new TransactionFailedException(broken.Message, TransactionWay.Abort, broken);
        }
        else
        {
            send.IsAnswered = true;
            send.Complete();
        }

        Pump();
    }

    /// <returns>True when the transaction was begun again, since a record in it was refused and all else is reported.</returns>
    private bool Redo()
    {
        if (_doom is null || _sends.Exists(send => send is { IsSent: true, IsReported: false }))
            return false;

        // The client may throw away what belongs to the next attempt already, while it still tidies up behind the one that was aborted, and
        // then takes nothing more for it: whichever of the two is told first.
        if (!_wasRefused && ++_purges >= MaxPurges)
            throw _doom;
        BeginAgain(_doom.Message, TransactionEnd.Refused);
        return true;
    }

    // With all that it holds but what was refused, which comes back as a dead letter while the transaction waits for it.
    private void BeginAgain(string reason, string end)
    {
        _client.Abort();
        _telemetry.TransactionAborted(end, _clock.GetElapsedTime(_openedAt));
        LogBegunAgain(_log, _records, reason);
        _attempt++;
        _open = false;
        Open();
        (_isAgain, _wasRefused, _doom) = (true, false, null);
        _unsent.Clear();
        foreach (var send in _sends)
        {
            send.IsSent = send.IsReported = send.IsAnswered = false;
            _unsent.Enqueue(send);
        }

        Pump();
    }

    private void Fail(TransactionFailedException failed)
    {
        if (_failure is not null)
            return;

        _attempt++;
        if (_open)
            failed = Abort(failed);
        _failure = failed;
        foreach (var send in _sends.Concat(_waiting))
            send.Fail(failed);
        foreach (var member in _members.Values)
            member.Committed?.TrySetException(failed);
        _waiting.Clear();
        Clear();
        while (_inbox.TryDequeue(out var happened))
            happened();
    }

    private TransactionFailedException Abort(TransactionFailedException failed)
    {
        // A clock that stands still with the machine says too little, one that is set says anything.
        var openFor = _clock.GetElapsedTime(_openedAt);
        if (_clock.GetUtcNow() - _openedAtUtc is var byDate && byDate > openFor)
            openFor = byDate;
        var reason = _stopAsked ? TransactionEnd.Stopped
            : failed.Way == TransactionWay.Fenced ? TransactionEnd.Fenced
            : TransactionEnd.Failed;
        if (failed.Way == TransactionWay.Abort)
        {
            try
            {
                _client.Abort(LastAbortTime);
            }
            catch (TransactionFailedException worse)
            {
                // The client tells at the abort what a record's report does not: that its name is another's now.
                LogNotAborted(_log, worse.Message);
                if (worse.Way == TransactionWay.Fenced)
                    (failed, reason) = (worse, TransactionEnd.Fenced);
            }
        }

        if (failed.Way == TransactionWay.Fenced && openFor >= _options.Timeout)
        {
            failed = new TransactionFailedException(
                $"the transaction was open for {openFor.TotalSeconds:0.#} s, longer than {TransactionOptions.Section}:Timeout "
                    + $"{_options.Timeout}: the brokers have aborted it", TransactionWay.NewClient, failed);
            reason = TransactionEnd.Failed;
        }

        _telemetry.TransactionAborted(reason, openFor);
        LogAborted(_log, _records, failed.Message);
        return failed;
    }

    private void Clear()
    {
        _open = false;
        _ending = null;
        _records = 0;
        _refusedCommits = _purges = 0;
        (_isAgain, _wasRefused, _doom) = (false, false, null);
        _unsent.Clear();
        _members.Clear();
        _sends.Clear();
        Volatile.Write(ref _openSince, long.MinValue);
    }

    [LoggerMessage(EventId = 3301, Level = LogLevel.Warning,
        Message = "a transaction of {Records} records was aborted and is begun again with the same: {Reason}")]
    private static partial void LogBegunAgain(ILogger logger, int records, string reason);

    [LoggerMessage(EventId = 3302, Level = LogLevel.Warning,
        Message = "a transaction of {Records} records was aborted: {Reason}. They are read again")]
    private static partial void LogAborted(ILogger logger, int records, string reason);

    [LoggerMessage(EventId = 3303, Level = LogLevel.Warning,
        Message = "a transaction could not be aborted, the brokers do it when its time is over: {Reason}")]
    private static partial void LogNotAborted(ILogger logger, string reason);

    /// <summary>A batch in the transaction.</summary>
    private sealed class Member(RecordBatch batch)
    {
        public RecordBatch Batch => batch;

        /// <summary>The runs that were answered: a partition that was over before is its new owner's to answer.</summary>
        public PartitionRun[] Answered { get; } = [.. AnsweredRuns(batch)];

        /// <summary>Whom to tell of the commit; null while not every record is answered.</summary>
        public TaskCompletionSource? Committed { get; set; }

        /// <summary>True when somebody else reads again what was answered here.</summary>
        public bool HasLeft => Array.Exists(Answered, run => run.Partition.IsOver);

        private static IEnumerable<PartitionRun> AnsweredRuns(RecordBatch batch)
        {
            var index = 0;
            foreach (var run in batch.Runs)
            {
                if (batch.Results[index].Answer is not null)
                    yield return run;
                index += run.Count;
            }
        }
    }

    /// <summary>Answers that were handed over together.</summary>
    private sealed class Send(RecordBatch batch, ReadOnlyMemory<OutgoingRecord> records)
    {
        private readonly List<Refusal> _refusals = [];
        private bool[]? _dropped;

        public RecordBatch Batch => batch;

        public ReadOnlyMemory<OutgoingRecord> Records => records;

        public TaskCompletionSource<Delivery> Taken { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<IReadOnlyList<Refusal>> Acknowledged { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>True when the client has it, in the present attempt.</summary>
        public bool IsSent { get; set; }

        /// <summary>True when each of its records was taken, refused or thrown away, in the present attempt.</summary>
        public bool IsReported { get; set; }

        /// <summary>True when the brokers have taken all that is left of it, in the present attempt.</summary>
        public bool IsAnswered { get; set; }

        public void TakenAs(Task<IReadOnlyList<Refusal>> acknowledged) => Taken.TrySetResult(new Delivery(acknowledged));

        public void Drop(Refusal refusal)
        {
            // Who went on in the belief that all was taken could not answer for this one.
            if (Acknowledged.Task.IsCompleted)
            {
                throw new TransactionFailedException(
                    $"a record was refused that had been taken before: {refusal.Message}", TransactionWay.Abort);
            }

            (_dropped ??= new bool[records.Length])[refusal.Index] = true;
            _refusals.Add(refusal);
        }

        /// <summary>What was not refused, and the place of each; no places when that is all.</summary>
        public (ReadOnlyMemory<OutgoingRecord> Records, int[]? Places) Left()
        {
            if (_dropped is null)
                return (records, null);

            int[] places = [.. Enumerable.Range(0, records.Length).Where(index => !_dropped[index])];
            return (Array.ConvertAll(places, index => records.Span[index]), places);
        }

        public void Complete()
        {
            // Told once; sent again with its transaction, it is acknowledged again.
            if (!Acknowledged.Task.IsCompleted)
                Acknowledged.TrySetResult([.. _refusals.OrderBy(refusal => refusal.Index)]);
        }

        public void Fail(Exception failure)
        {
            Taken.TrySetException(failure);
            Acknowledged.TrySetException(failure);
            _ = Acknowledged.Task.Exception;
            _ = Taken.Task.Exception;
        }
    }
}
