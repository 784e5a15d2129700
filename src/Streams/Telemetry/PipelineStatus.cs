using StreamNer.Streams.Kafka;

namespace StreamNer.Streams.Telemetry;

/// <summary>What the pipeline says about itself, for health checks, metrics and people. Any thread.</summary>
public sealed class PipelineStatus
{
    private readonly Lock _gate = new();
    private PipelineState _state = PipelineState.Connecting;
    private IReadOnlyList<PartitionSnapshot> _partitions = [];
    private IReadOnlyList<string> _missingTopics = [];
    private IFlightGauges? _flight;
    private IEventPublisher? _publisher;
    private ITransactionGauge? _transaction;
    private TimeSpan _transactionOverdue;
    private string? _stalled;
    private string? _lastFailure;
    private bool _joined;
    private int _restarts;
    private long _consumed;
    private long _published;
    private long _tombstones;
    private long _deadLettered;
    private long _offsetGaps;

    /// <summary>Takes all values at one moment.</summary>
    public PipelineSnapshot Snapshot()
    {
        lock (_gate)
        {
            var openFor = _transaction?.OpenFor ?? TimeSpan.Zero;
            return new PipelineSnapshot(
                _state, _joined, _partitions, _missingTopics, _restarts, _lastFailure,
                _consumed, _published, _tombstones, _deadLettered, _offsetGaps, _flight?.Documents ?? 0)
            {
                InFlightLimit = _flight?.Limit ?? 0,
                PausedPartitions = _flight?.PausedPartitions ?? 0,
                SinceProgress = _flight?.SinceProgress ?? TimeSpan.Zero,
                ProducerQueue = _publisher?.Unacknowledged ?? 0,
                Stalled = _stalled,
                TransactionOpenFor = openFor,
                TransactionOverdue = openFor > _transactionOverdue,
            };
        }
    }

    internal void Became(PipelineState state)
    {
        lock (_gate)
            _state = state;
    }

    internal void Failed(string reason)
    {
        lock (_gate)
        {
            _state = PipelineState.Restarting;
            _restarts++;
            _lastFailure = reason;
        }
    }

    /// <summary>What the present run has under way; null between runs.</summary>
    internal IFlightGauges? Flight
    {
        get
        {
            lock (_gate)
                return _flight;
        }
    }

    internal void Watch(IFlightGauges flight)
    {
        lock (_gate)
            (_flight, _stalled) = (flight, null);
    }

    internal void Watch(IEventPublisher publisher)
    {
        lock (_gate)
            _publisher = publisher;
    }

    /// <param name="transaction">The transactions of the present run.</param>
    /// <param name="overdue">One that is open for longer stands for a fault.</param>
    internal void Watch(ITransactionGauge transaction, TimeSpan overdue)
    {
        lock (_gate)
            (_transaction, _transactionOverdue) = (transaction, overdue);
    }

    internal void RunEnded()
    {
        lock (_gate)
            (_flight, _publisher, _transaction) = (null, null, null);
    }

    internal void StalledAt(string underWay)
    {
        lock (_gate)
            _stalled = underWay;
    }

    internal void Misses(IReadOnlyList<string> topics)
    {
        lock (_gate)
            _missingTopics = topics;
    }

    internal void Assigned(IReadOnlyList<PartitionSnapshot> partitions)
    {
        lock (_gate)
        {
            _joined = true;
            _partitions = partitions;
        }
    }

    internal void LeftGroup()
    {
        lock (_gate)
        {
            _joined = false;
            _partitions = [];
        }
    }

    internal void Consumed(int records)
    {
        lock (_gate)
            _consumed += records;
    }

    internal void Skipped(long offsets)
    {
        lock (_gate)
            _offsetGaps += offsets;
    }

    internal void Published(int events, int tombstones, int deadLetters)
    {
        lock (_gate)
        {
            _published += events;
            _tombstones += tombstones;
            _deadLettered += deadLetters;
        }
    }
}

/// <summary>What is under way in the present run. Any thread.</summary>
internal interface IFlightGauges
{
    /// <summary>Records handed on and not yet finished.</summary>
    int Documents { get; }

    /// <summary>Records that may be under way at present.</summary>
    int Limit { get; }

    /// <summary>Partitions from which nothing is taken for want of room.</summary>
    int PausedPartitions { get; }

    /// <summary>How long nothing has been finished while records were under way; zero when none are.</summary>
    TimeSpan SinceProgress { get; }

    /// <summary>Says how much is at which step, and which is the oldest: places, never texts.</summary>
    string DescribeUnderWay();
}

/// <summary>The transactions of the present run. Any thread.</summary>
internal interface ITransactionGauge
{
    /// <summary>How long the present transaction has been open; zero while there is none.</summary>
    TimeSpan OpenFor { get; }
}
