namespace StreamNer.Streams.Telemetry;

/// <summary>A token bucket: so many a second, and one second's worth at once. Any thread.</summary>
internal sealed class TokenBucket(int perSecond, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private double _left = perSecond;
    private long _filledAt = clock.GetTimestamp();

    /// <summary>How many may pass now. May be less than none after <see cref="Spend"/> took more than there were.</summary>
    public int Available
    {
        get
        {
            lock (_gate)
                return Fill();
        }
    }

    /// <summary>Takes tokens whether or not there are so many: for who asked before, and then let so many pass.</summary>
    public void Spend(int tokens)
    {
        lock (_gate)
            _left -= tokens;
    }

    /// <summary>Takes as many of the wanted tokens as there are.</summary>
    /// <param name="wanted">How many there are.</param>
    /// <returns>How many may pass, 0 to <paramref name="wanted"/>.</returns>
    public int SpendUpTo(int wanted)
    {
        lock (_gate)
        {
            var taken = Math.Clamp(Fill(), 0, wanted);
            _left -= taken;
            return taken;
        }
    }

    private int Fill()
    {
        var now = clock.GetTimestamp();
        _left = Math.Min(perSecond, _left + (clock.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond));
        _filledAt = now;
        return (int)_left;
    }
}
