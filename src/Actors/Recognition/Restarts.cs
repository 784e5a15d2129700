namespace StreamNer.Actors.Recognition;

/// <summary>
/// Decides how long what was lost waits before it is started again, and when it is given up: twice as long each time in a row, up to a
/// limit. One for each lane, each model's actors, and the graph. Not thread-safe; a pure rule over a clock.
/// </summary>
/// <param name="min">The first wait.</param>
/// <param name="max">The longest wait.</param>
/// <param name="healthyAfter">What ran this long had worked: its next loss counts as the first.</param>
/// <param name="clock">The clock.</param>
internal sealed class Restarts(TimeSpan min, TimeSpan max, TimeSpan healthyAfter, TimeProvider clock)
{
    private long? _runsSince;

    /// <summary>Restarts in a row that are allowed; 0 gives up at the first loss. Default any number.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>
    /// Makes a wait up to a fifth longer, at random, which keeps instances that lost the same broker from coming back all at once. Default
    /// none.
    /// </summary>
    public Random? Jitter { get; init; }

    /// <summary>Restarts since the process began.</summary>
    public int Total { get; private set; }

    /// <summary>Restarts in a row.</summary>
    public int InARow { get; private set; }

    /// <summary>Notes that it runs.</summary>
    public void Ready() => _runsSince = clock.GetTimestamp();

    /// <summary>Notes that it was lost.</summary>
    /// <returns>The wait before the next start; null when it is given up.</returns>
    public TimeSpan? Lost()
    {
        if (_runsSince is { } since && clock.GetElapsedTime(since) >= healthyAfter)
            InARow = 0;
        _runsSince = null;
        if (InARow >= Limit)
            return null;

        var doubled = min * Math.Pow(2, Math.Min(InARow, 30));
        InARow++;
        Total++;
        return (doubled < max ? doubled : max) * (1 + 0.2 * (Jitter?.NextDouble() ?? 0));
    }
}
