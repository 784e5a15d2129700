namespace StreamNer.Streams.Tracing;

/// <summary>Bounds the documents that are traced a second. Any thread.</summary>
internal sealed class TraceBudget(int perSecond, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private double _left = perSecond;
    private long _filledAt = clock.GetTimestamp();

    /// <summary>How many may be traced now.</summary>
    public int Left()
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            _left = Math.Min(perSecond, _left + (clock.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond));
            _filledAt = now;
            return (int)_left;
        }
    }

    /// <summary>Notes that so many are traced.</summary>
    public void Spend(int documents)
    {
        lock (_gate)
            _left -= documents;
    }
}
