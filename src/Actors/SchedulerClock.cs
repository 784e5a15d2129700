using Akka.Actor;

namespace StreamNer.Actors;

/// <summary>The actor system's own clock as a <see cref="TimeProvider"/>: one time for timers and for stamps, virtual in tests.</summary>
internal sealed class SchedulerClock(IScheduler scheduler) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => scheduler.MonotonicClock.Ticks;

    public override DateTimeOffset GetUtcNow() => scheduler.Now;
}
