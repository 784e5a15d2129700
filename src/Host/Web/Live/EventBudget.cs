namespace StreamNer.Host.Web.Live;

/// <summary>How many events may be shown now: so many a second, and one second's worth at once. One caller at a time.</summary>
internal sealed class EventBudget(int perSecond, TimeProvider clock)
{
    private double _left = perSecond;
    private long _filledAt = clock.GetTimestamp();

    /// <summary>Takes from the budget.</summary>
    /// <param name="wanted">How many there are.</param>
    /// <returns>How many may be shown, 0 to <paramref name="wanted"/>.</returns>
    public int Take(int wanted)
    {
        var now = clock.GetTimestamp();
        _left = Math.Min(perSecond, _left + (clock.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond));
        _filledAt = now;
        var taken = Math.Min(wanted, (int)_left);
        _left -= taken;
        return taken;
    }
}
