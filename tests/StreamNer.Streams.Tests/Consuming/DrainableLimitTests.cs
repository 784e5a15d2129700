using StreamNer.Streams.Consuming;
using StreamNer.TestSupport;

namespace StreamNer.Streams.Tests.Consuming;

public class DrainableLimitTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void It_starts_small() => Assert.Equal(DrainableLimit.Least, Limit().Records);

    [Fact]
    public void It_never_exceeds_the_configured_bound()
    {
        var limit = Limit(most: 10);
        Assert.Equal(10, limit.Records);
        Work(limit, records: 1_000_000, seconds: 1);
        Assert.Equal(10, limit.Records);
    }

    [Fact]
    public void It_grows_to_what_is_finished_in_the_given_time()
    {
        var limit = Limit();
        Work(limit, records: 400, seconds: 1);
        Assert.Equal(2_000, limit.Records);
    }

    [Fact]
    public void It_shrinks_step_by_step_when_work_gets_slower()
    {
        var limit = Limit();
        Work(limit, records: 400, seconds: 1);
        Work(limit, records: 100, seconds: 1);
        Assert.Equal(1_250, limit.Records);
        for (var i = 0; i < 20; i++)
            Work(limit, records: 1, seconds: 1);
        Assert.Equal(DrainableLimit.Least, limit.Records);
    }

    [Fact]
    public void Time_in_which_nothing_is_under_way_does_not_count()
    {
        var limit = Limit();
        Work(limit, records: 400, seconds: 1);
        _clock.Advance(TimeSpan.FromHours(1));
        Work(limit, records: 400, seconds: 1);
        Assert.Equal(2_000, limit.Records);
    }

    [Fact]
    public void A_moment_too_short_to_tell_changes_nothing()
    {
        var limit = Limit();
        Work(limit, records: 1_000, seconds: 0.05);
        Assert.Equal(DrainableLimit.Least, limit.Records);
    }

    private DrainableLimit Limit(int most = 8_192) => new(most, TimeSpan.FromSeconds(5), _clock);

    private void Work(DrainableLimit limit, int records, double seconds)
    {
        limit.BecameBusy();
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        limit.Finished(records, isIdle: true);
    }
}
