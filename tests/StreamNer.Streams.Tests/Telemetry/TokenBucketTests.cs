using StreamNer.Streams.Telemetry;

namespace StreamNer.Streams.Tests.Telemetry;

public sealed class TokenBucketTests
{
    private readonly StillClock _clock = new();

    [Fact]
    public void What_is_spent_comes_back_with_time_and_never_grows_beyond_a_second()
    {
        var bucket = new TokenBucket(50, _clock);
        bucket.Spend(50);
        Assert.Equal(0, bucket.Available);

        _clock.Elapsed += TimeSpan.FromSeconds(0.5);
        Assert.Equal(25, bucket.Available);

        _clock.Elapsed += TimeSpan.FromHours(1);
        Assert.Equal(50, bucket.Available);
    }

    private sealed class StillClock : TimeProvider
    {
        public TimeSpan Elapsed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Elapsed.Ticks;
    }
}
