using CsCheck;
using StreamNer.Actors.Recognition;
using StreamNer.TestSupport;

namespace StreamNer.Actors.Tests.Recognition;

public class RestartsTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void The_wait_doubles_up_to_its_limit_and_then_the_lane_is_given_up()
    {
        var restarts = Options.CountRestarts(_clock);
        Assert.Equal([1, 2, 4, 5, null], Enumerable.Range(0, 5).Select(_ => restarts.Lost()?.TotalSeconds));
        Assert.Equal(4, restarts.Total);
    }

    [Fact]
    public void A_lane_that_ran_for_ten_minutes_starts_counting_anew()
    {
        var restarts = Options.CountRestarts(_clock);
        restarts.Lost();
        restarts.Lost();
        restarts.Ready();
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(1, restarts.Lost()?.TotalSeconds);
    }

    [Fact]
    public void A_lane_that_ran_for_a_moment_goes_on_counting()
    {
        var restarts = Options.CountRestarts(_clock);
        restarts.Lost();
        restarts.Ready();
        _clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(2, restarts.Lost()?.TotalSeconds);
    }

    [Fact]
    public void A_random_part_makes_each_wait_up_to_a_fifth_longer()
    {
        var restarts =
            new Restarts(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30), _clock) { Jitter = new Random(1) };
        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 30, 30 })
            Assert.InRange(restarts.Lost()!.Value.TotalSeconds, seconds, seconds * 1.2);
    }

    [Fact]
    public void No_wait_is_longer_than_the_limit_and_its_random_part() => Gen.Int[1, 200].Sample(failures =>
    {
        var (min, max) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        var restarts = new Restarts(min, max, max, new ManualClock()) { Jitter = new Random(failures) };
        for (var i = 0; i < failures; i++)
            Assert.InRange(restarts.Lost()!.Value, min, max * 1.2);
        Assert.Equal(failures, restarts.InARow);
    });

    private static RecognitionOptions Options =>
        new() { RestartMinBackoff = TimeSpan.FromSeconds(1), RestartMaxBackoff = TimeSpan.FromSeconds(5), MaxRestarts = 4 };
}
