using StreamNer.Actors.Recognition;

namespace StreamNer.Actors.Devices;

/// <summary>Decides how long a lost lane waits before it is started again, and when it is given up. One for each lane.</summary>
internal sealed class LaneRestarts(RecognitionOptions options, TimeProvider clock)
{
    /// <summary>A lane that ran this long is healthy again: its next loss counts as the first.</summary>
    private static readonly TimeSpan Healthy = TimeSpan.FromMinutes(10);

    private int _inARow;
    private long? _readySince;

    /// <summary>Restarts since the process began.</summary>
    public int Total { get; private set; }

    /// <summary>Notes that the lane takes batches.</summary>
    public void Ready() => _readySince = clock.GetTimestamp();

    /// <summary>Notes that the lane was lost.</summary>
    /// <returns>The wait before the next start; null when the lane is given up.</returns>
    public TimeSpan? Lost()
    {
        if (_readySince is { } since && clock.GetElapsedTime(since) >= Healthy)
            _inARow = 0;
        _readySince = null;
        if (_inARow >= options.MaxRestarts)
            return null;

        var backoff = options.RestartMinBackoff.TotalMilliseconds * Math.Pow(2, Math.Min(_inARow, 30));
        _inARow++;
        Total++;
        return TimeSpan.FromMilliseconds(Math.Min(backoff, options.RestartMaxBackoff.TotalMilliseconds));
    }
}
