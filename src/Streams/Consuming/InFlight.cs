using StreamNer.Streams.Telemetry;

namespace StreamNer.Streams.Consuming;

/// <summary>Counts the records between consumer and commit, holds them to their bound and lets the consumer thread wait for them.</summary>
/// <remarks>The one bound behind which all others lie. Any thread; only the consumer thread waits.</remarks>
internal sealed class InFlight(DrainableLimit limit, long maxBytes) : IChangeWait, IFlightGauges
{
    // A Monitor and not a Lock: the consumer thread waits on it for a change.
    private readonly object _gate = new();
    private int _documents;
    private long _bytes;

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
                return limit.Records;
        }
    }

    /// <summary>Counts records in, whether or not they fit: a flush before a rebalance must not wait for room.</summary>
    public void Enter(int documents, long bytes)
    {
        lock (_gate)
        {
            if (_documents == 0)
                limit.BecameBusy();
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
            limit.Finished(documents, isIdle: _documents == 0);
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
        _documents == 0 || (_documents + documents <= limit.Records && _bytes + bytes <= maxBytes);
}

/// <summary>Lets the consumer thread wait for what other threads do.</summary>
internal interface IChangeWait
{
    /// <summary>Blocks the calling thread until a condition holds, looking again at each change.</summary>
    /// <returns>False when the time was over first.</returns>
    bool Wait(Func<bool> until, TimeSpan atMost);
}
