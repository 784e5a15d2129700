using StreamNer.Actors.Devices;
using StreamNer.Actors.Recognition;

namespace StreamNer.Actors.Tests.Devices;

public class LaneRestartsTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void The_wait_doubles_up_to_its_limit_and_then_the_lane_is_given_up()
    {
        var restarts = new LaneRestarts(Options, _clock);
        Assert.Equal([1, 2, 4, 5, null], Enumerable.Range(0, 5).Select(_ => restarts.Lost()?.TotalSeconds));
        Assert.Equal(4, restarts.Total);
    }

    [Fact]
    public void A_lane_that_ran_for_ten_minutes_starts_counting_anew()
    {
        var restarts = new LaneRestarts(Options, _clock);
        restarts.Lost();
        restarts.Lost();
        restarts.Ready();
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, restarts.Lost()?.TotalSeconds);
    }

    [Fact]
    public void A_lane_that_ran_for_a_moment_goes_on_counting()
    {
        var restarts = new LaneRestarts(Options, _clock);
        restarts.Lost();
        restarts.Ready();
        _clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(2, restarts.Lost()?.TotalSeconds);
    }

    private static RecognitionOptions Options => new() { RestartMinBackoff = TimeSpan.FromSeconds(1), RestartMaxBackoff = TimeSpan.FromSeconds(5), MaxRestarts = 4 };

    private sealed class ManualClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;
    }
}
