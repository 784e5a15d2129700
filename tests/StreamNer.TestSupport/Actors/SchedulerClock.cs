using Akka.Actor;

namespace StreamNer.TestSupport.Actors;

/// <summary>A test scheduler's virtual time as a <see cref="TimeProvider"/>: one time for timers and for stamps.</summary>
internal sealed class SchedulerClock(IScheduler scheduler) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => scheduler.Now.Ticks;
}
