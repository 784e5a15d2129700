using StreamNer.Streams.Kafka;

namespace StreamNer.Streams.Tests.Kafka;

public sealed class OutageLogTests
{
    [Fact]
    public void An_outage_is_news_once_at_its_beginning_and_once_at_its_end()
    {
        var outage = new OutageLog();

        Assert.False(outage.Ends());
        Assert.True(outage.Begins());
        Assert.False(outage.Begins());
        Assert.True(outage.Ends());
        Assert.False(outage.Ends());
        Assert.True(outage.Begins());
    }
}
