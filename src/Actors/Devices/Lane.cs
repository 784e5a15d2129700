using StreamNer.Inference.Models;

namespace StreamNer.Actors.Devices;

/// <summary>
/// Says whether a lane computes, since when and for how long in all, and can ask it to stop. Written by the lane's thread, read by any.
/// </summary>
internal sealed class LaneActivity(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private ITokenClassifier? _running;
    private long _since;
    private TimeSpan _finished;
    private long? _loadingSince;
    private CancellationTokenSource? _load;

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

    /// <summary>
    /// How long the lane has computed in all, the current run included: its runs are long against the times at which it is looked at.
    /// </summary>
    public TimeSpan Busy
    {
        get
        {
            lock (_gate)
                return _running is null ? _finished : _finished + clock.GetElapsedTime(_since);
        }
    }

    /// <param name="load">Ends loading when it is cancelled; not touched any more once <see cref="EndLoad"/> has returned.</param>
    public void BeginLoad(CancellationTokenSource load)
    {
        lock (_gate)
            (_loadingSince, _load) = (clock.GetTimestamp(), load);
    }

    public void EndLoad()
    {
        lock (_gate)
            (_loadingSince, _load) = (null, null);
    }

    /// <summary>Asks for the end of loading, if the lane is in it.</summary>
    /// <returns>False when that was asked before.</returns>
    public bool CancelLoad()
    {
        lock (_gate)
        {
            if (_load is null)
                return true;
            if (_load.IsCancellationRequested)
                return false;
            _load.Cancel();
            return true;
        }
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
