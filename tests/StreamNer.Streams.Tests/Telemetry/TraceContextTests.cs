using StreamNer.Streams.Telemetry;

namespace StreamNer.Streams.Tests.Telemetry;

public sealed class TraceContextTests
{
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
        Assert.Null(TraceContext.Read(Records.Of("Ann", ("traceparent", "nonsense"))));
        Assert.Null(TraceContext.Read(Records.Of("Ann", ("traceparent", null))));
        Assert.Null(TraceContext.Read(Records.Of("Ann")));
    }
}
