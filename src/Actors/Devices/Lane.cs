using StreamNer.Actors.Recognition;
using StreamNer.Inference.Models;

namespace StreamNer.Actors.Devices;

/// <summary>Says whether a lane computes, since when and for how long in all, and can ask it to stop. Written by the lane's thread, read by any.</summary>
internal sealed class LaneActivity(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private ITokenClassifier? _running;
    private long _since;
    private TimeSpan _finished;
    private long? _loadingSince;

    /// <summary>How long the lane has been loading its model and warming it up; null when it isn't.</summary>
    public TimeSpan? LoadingFor
    {
        get
        {
            lock (_gate)
                return _loadingSince is { } since ? clock.GetElapsedTime(since) : null;
        }
    }

    /// <summary>How long the lane has been in its current run; null when it is in none.</summary>
    public TimeSpan? RunningFor
    {
        get
        {
            lock (_gate)
                return _running is null ? null : clock.GetElapsedTime(_since);
        }
    }

    /// <summary>How long the lane has computed in all, the current run included: its runs are long against the times at which it is looked at.</summary>
    public TimeSpan Busy
    {
        get
        {
            lock (_gate)
                return _running is null ? _finished : _finished + clock.GetElapsedTime(_since);
        }
    }

    public void BeginLoad()
    {
        lock (_gate)
            _loadingSince = clock.GetTimestamp();
    }

    public void EndLoad()
    {
        lock (_gate)
            _loadingSince = null;
    }

    public void Begin(ITokenClassifier classifier)
    {
        lock (_gate)
            (_running, _since) = (classifier, clock.GetTimestamp());
    }

    public void End()
    {
        lock (_gate)
        {
            if (_running is not null)
                _finished += clock.GetElapsedTime(_since);
            _running = null;
        }
    }

    /// <summary>Asks the current run to stop, if there is one.</summary>
    public void Cancel()
    {
        lock (_gate)
            _running?.Cancel();
    }
}

/// <summary>Decides how long what was lost waits before it is started again, and when it is given up. One for each lane, and for each model's actors.</summary>
internal sealed class LaneRestarts(RecognitionOptions options, TimeProvider clock)
{
    /// <summary>What ran this long is healthy again: its next loss counts as the first.</summary>
    private static readonly TimeSpan Healthy = TimeSpan.FromMinutes(10);

    private int _inARow;
    private long? _readySince;

    /// <summary>Restarts since the process began.</summary>
    public int Total { get; private set; }

    /// <summary>Notes that it works.</summary>
    public void Ready() => _readySince = clock.GetTimestamp();

    /// <summary>Notes that it was lost.</summary>
    /// <returns>The wait before the next start; null when it is given up.</returns>
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
