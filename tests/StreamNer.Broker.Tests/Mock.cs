using StreamNer.Streams.Kafka;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>What a test needs to make a broker of its own refuse things.</summary>
internal static class Mock
{
    /// <summary>Kafka's number of the request that carries records.</summary>
    public const short Produce = 0;

    /// <summary>Kafka's number of the request that commits offsets.</summary>
    public const short OffsetCommit = 8;

    /// <summary>The functions of a broker; skips the test where librdkafka does not have them.</summary>
    public static MockCluster Of(BrokerForTests own)
    {
        Assert.SkipWhen(own.Broker.Mock is null, "librdkafka's functions for its mock cluster were not found");
        return own.Broker.Mock;
    }
}
