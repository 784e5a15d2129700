using StreamNer.Streams.Tracing;

namespace StreamNer.Streams.Tests.Tracing;

public sealed class TraceBudgetTests
{
    private readonly StillClock _clock = new();

    [Fact]
    public void What_is_spent_comes_back_with_time_and_never_grows_beyond_a_second()
    {
        var budget = new TraceBudget(50, _clock);
        budget.Spend(50);
        Assert.Equal(0, budget.Left());

        _clock.Elapsed += TimeSpan.FromSeconds(0.5);
        Assert.Equal(25, budget.Left());

        _clock.Elapsed += TimeSpan.FromHours(1);
        Assert.Equal(50, budget.Left());
    }

    [Theory]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", true)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02", true)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03", false)]
    [InlineData("nonsense", false)]
    public void The_flags_of_a_traceparent_say_whether_it_is_sampled(string traceParent, bool unsampled) =>
        Assert.Equal(unsampled, TraceContext.IsUnsampled(Records.Of("Ann", ("traceparent", traceParent))));

    [Fact]
    public void A_traceparent_that_cannot_be_read_names_no_sender()
    {
        Assert.Null(TraceContext.Of(Records.Of("Ann", ("traceparent", "nonsense"))));
        Assert.Null(TraceContext.Of(Records.Of("Ann", ("traceparent", null))));
        Assert.Null(TraceContext.Of(Records.Of("Ann")));
    }

    private sealed class StillClock : TimeProvider
    {
        public TimeSpan Elapsed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Elapsed.Ticks;
    }
}
