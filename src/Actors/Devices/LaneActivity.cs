using StreamNer.Inference.Models;

namespace StreamNer.Actors.Devices;

/// <summary>Says whether a lane computes and since when, and can ask it to stop. Written by the lane's thread, read by the pool's.</summary>
internal sealed class LaneActivity(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private ITokenClassifier? _running;
    private long _since;

    /// <summary>How long the lane has been in its current run; null when it is in none.</summary>
    public TimeSpan? RunningFor
    {
        get
        {
            lock (_gate)
                return _running is null ? null : clock.GetElapsedTime(_since);
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
            _running = null;
    }

    /// <summary>Asks the current run to stop, if there is one.</summary>
    public void Cancel()
    {
        lock (_gate)
            _running?.Cancel();
    }
}
