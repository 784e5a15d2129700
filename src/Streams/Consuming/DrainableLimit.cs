namespace StreamNer.Streams.Consuming;

/// <summary>
/// How many records may be under way so that all of them are finished within a given time, as far as the last moments tell.
/// </summary>
/// <remarks>
/// <para>
/// A fixed bound fits one model: 8,000 records are a moment's work for a small one on a GPU and a quarter of an hour for a large one on a
/// few cores, and a shutdown or a rebalance waits for all of them. So the bound follows what is finished: it starts small, grows for as
/// long as that makes things faster, and shrinks when they get slower. Time in which nothing is under way doesn't count.
/// </para>
/// <para>One caller at a time. Time is the caller's, as stamps of its clock.</para>
/// </remarks>
/// <param name="most">The bound is never higher.</param>
/// <param name="within">Time in which all that is under way should be finished.</param>
/// <param name="clock">Tells what the stamps mean.</param>
internal sealed class DrainableLimit(int most, TimeSpan within, TimeProvider clock)
{
    /// <summary>The bound is never lower: enough to fill a batch or two, and where it starts.</summary>
    public const int Least = 64;

    /// <summary>Busy time between two looks at the rate; shorter ones say little.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private long _busySince;
    private TimeSpan _busy;
    private long _finished;
    private bool _isBusy;

    /// <summary>The bound, in records.</summary>
    public int Records { get; private set; } = Math.Min(most, Least);

    /// <summary>Notes that records are under way, where none were before.</summary>
    public void BecameBusy()
    {
        _isBusy = true;
        _busySince = clock.GetTimestamp();
    }

    /// <summary>Notes that records are finished.</summary>
    /// <param name="records">How many.</param>
    /// <param name="isIdle">True when none are under way now.</param>
    public void Finished(int records, bool isIdle)
    {
        var now = clock.GetTimestamp();
        if (_isBusy)
            _busy += clock.GetElapsedTime(_busySince, now);
        _busySince = now;
        _isBusy = !isIdle;
        _finished += records;
        if (_busy < LookEvery)
            return;

        var wanted = _finished / _busy.TotalSeconds * within.TotalSeconds;

        // Half of the way down, so that one slow document doesn't starve the rest; all of the way up, since a small bound hides the rate.
        var next = wanted > Records ? wanted : (wanted + Records) / 2;
        Records = (int)Math.Clamp(next, Math.Min(most, Least), most);
        (_busy, _finished) = (TimeSpan.Zero, 0);
    }
}
