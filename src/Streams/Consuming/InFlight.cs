using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Consuming;

/// <summary>Counts the records between consumer and commit, holds them to their bound and lets the consumer thread wait for them.</summary>
/// <remarks>The one bound behind which all others lie. Any thread; only the consumer thread waits.</remarks>
internal sealed class InFlight : IChangeWait, IFlightGauges
{
    private readonly DrainableLimit _limit;
    private readonly long _maxBytes;
    private readonly TimeProvider _clock;

    // A Monitor and not a Lock: the consumer thread waits on it for a change.
    private readonly object _gate = new();
    private readonly HashSet<RecordBatch> _batches = [];
    private int _documents;
    private long _bytes;
    private long _progressAt;
    private int _pausedPartitions;

    /// <param name="limit">How many documents.</param>
    /// <param name="maxBytes">How many bytes.</param>
    /// <param name="clock">Tells how long nothing has been finished; null for the system's.</param>
    public InFlight(DrainableLimit limit, long maxBytes, TimeProvider? clock = null)
    {
        _limit = limit;
        _maxBytes = maxBytes;
        _clock = clock ?? TimeProvider.System;
    }

    /// <summary>Records handed on and not yet finished.</summary>
    public int Documents
    {
        get
        {
            lock (_gate)
                return _documents;
        }
    }

    /// <summary>Records that may be under way at present.</summary>
    public int Limit
    {
        get
        {
            lock (_gate)
                return _limit.Records;
        }
    }

    /// <inheritdoc/>
    public int PausedPartitions
    {
        get => Volatile.Read(ref _pausedPartitions);
        set => Volatile.Write(ref _pausedPartitions, value);
    }

    /// <inheritdoc/>
    public TimeSpan SinceProgress
    {
        get
        {
            lock (_gate)
            {
                if (_documents == 0)
                    return TimeSpan.Zero;

                // A batch of long texts may take longer than anything should stand still: a part of it is progress as well.
                var since = _clock.GetElapsedTime(_progressAt);
                foreach (var batch in _batches)
                {
                    if (batch is { Step: PipelineStep.Recognition, Recognition: { } recognition } && recognition.Since < since)
                        since = recognition.Since;
                }

                return since;
            }
        }
    }

    /// <inheritdoc/>
    public string DescribeUnderWay()
    {
        lock (_gate)
        {
            if (_batches.Count == 0)
                return $"{_documents} documents";

            var oldest = _batches.MinBy(batch => batch.ReadAt)!;
            var steps = _batches.GroupBy(batch => batch.Step).OrderBy(step => step.Key)
                .Select(step => $"{step.Sum(batch => batch.Count)} at {step.Key.ToString().ToLowerInvariant()}");
            return $"{_documents} documents ({string.Join(", ", steps)}), the oldest {oldest.Records[0].Place} at "
                + oldest.Step.ToString().ToLowerInvariant();
        }
    }

    /// <summary>Counts a batch in, whether or not it fits.</summary>
    public void Enter(RecordBatch batch)
    {
        lock (_gate)
        {
            _batches.Add(batch);
            Enter(batch.Count, batch.Bytes);
        }
    }

    /// <summary>Counts a batch out and wakes who waits.</summary>
    public void Leave(RecordBatch batch)
    {
        lock (_gate)
        {
            _batches.Remove(batch);
            Leave(batch.Count, batch.Bytes);
        }
    }

    /// <summary>Counts records in, whether or not they fit: a flush before a rebalance must not wait for room.</summary>
    public void Enter(int documents, long bytes)
    {
        lock (_gate)
        {
            if (_documents == 0)
            {
                _limit.BecameBusy();
                _progressAt = _clock.GetTimestamp();
            }

            _documents += documents;
            _bytes += bytes;
        }
    }

    /// <summary>Counts records out and wakes who waits.</summary>
    public void Leave(int documents, long bytes)
    {
        lock (_gate)
        {
            _documents -= documents;
            _bytes -= bytes;
            _limit.Finished(documents, isIdle: _documents == 0);
            _progressAt = _clock.GetTimestamp();
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>
    /// Says whether so much more may be handed on. When nothing is in flight anything fits, else a large record would wait forever.
    /// </summary>
    public bool HasRoom(int documents, long bytes)
    {
        lock (_gate)
            return Fits(documents, bytes);
    }

    /// <summary>Wakes who waits, because something else than the count has changed.</summary>
    public void Signal()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    /// <inheritdoc/>
    public bool Wait(Func<bool> until, TimeSpan atMost)
    {
        var deadline = Environment.TickCount64 + (long)atMost.TotalMilliseconds;
        lock (_gate)
        {
            while (!until())
            {
                var left = deadline - Environment.TickCount64;
                if (left <= 0)
                    return false;

                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(left));
            }

            return true;
        }
    }

    private bool Fits(int documents, long bytes) =>
        _documents == 0 || (_documents + documents <= _limit.Records && _bytes + bytes <= _maxBytes);
}

/// <summary>Lets the consumer thread wait for what other threads do.</summary>
internal interface IChangeWait
{
    /// <summary>Blocks the calling thread until a condition holds, looking again at each change.</summary>
    /// <returns>False when the time was over first.</returns>
    bool Wait(Func<bool> until, TimeSpan atMost);
}
