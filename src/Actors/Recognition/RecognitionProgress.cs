namespace StreamNer.Actors.Recognition;

/// <summary>When something of what was asked was computed last, for who waits long and wants to know for what. Any thread.</summary>
public sealed class RecognitionProgress
{
    private readonly TimeProvider _clock;
    private long _at;

    /// <param name="clock">Null for the system's.</param>
    public RecognitionProgress(TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        _at = _clock.GetTimestamp();
    }

    /// <summary>How long ago that was, or the last question asked.</summary>
    public TimeSpan Since => _clock.GetElapsedTime(Volatile.Read(ref _at));

    /// <summary>Notes that something was asked or computed just now.</summary>
    public void Advance() => Volatile.Write(ref _at, _clock.GetTimestamp());
}
