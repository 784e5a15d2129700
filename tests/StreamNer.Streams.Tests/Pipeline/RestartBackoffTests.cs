using CsCheck;
using StreamNer.Streams.Pipeline;

namespace StreamNer.Streams.Tests.Pipeline;

public sealed class RestartBackoffTests
{
    private static readonly TimeSpan Min = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Max = TimeSpan.FromSeconds(30);

    [Fact]
    public void Each_wait_is_about_twice_the_one_before_up_to_the_limit()
    {
        var backoff = new RestartBackoff(Min, Max, new Random(1));

        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 30, 30 })
            Assert.InRange(backoff.Next(TimeSpan.Zero).TotalSeconds, seconds, seconds * 1.2);
    }

    [Fact]
    public void A_run_that_worked_starts_the_count_anew()
    {
        var backoff = new RestartBackoff(Min, Max, new Random(1));
        for (var i = 0; i < 6; i++)
            backoff.Next(TimeSpan.Zero);

        Assert.InRange(backoff.Next(Max + Min).TotalSeconds, 1, 1.2);
        Assert.Equal(1, backoff.Attempts);
    }

    [Fact]
    public void No_wait_is_longer_than_the_limit_and_its_random_part() => Gen.Int[1, 200].Sample(failures =>
    {
        var backoff = new RestartBackoff(Min, Max, new Random(failures));
        for (var i = 0; i < failures; i++)
            Assert.InRange(backoff.Next(TimeSpan.Zero), Min, Max * 1.2);
    });
}
