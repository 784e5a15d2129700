using Confluent.Kafka;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>What a test needs to make a broker of its own refuse things.</summary>
internal static class Mock
{
    /// <summary>Kafka's number of the request that carries records.</summary>
    public const short Produce = BrokerFaults.Produce;

    /// <summary>Kafka's number of the request that commits offsets.</summary>
    public const short OffsetCommit = BrokerFaults.OffsetCommit;

    /// <summary>The functions of a broker; skips the test in a run against a cluster, and where librdkafka does not have them.</summary>
    public static BrokerFaults Of(BrokerForTests own)
    {
        Assert.SkipWhen(BrokerForTests.IsCluster, "only an embedded broker refuses requests when it is asked to");
        Assert.SkipWhen(own.Embedded.Mock is null, "librdkafka's functions for its mock cluster were not found");
        return new BrokerFaults(own.Embedded.Mock);
    }

    /// <summary>Lets the next requests of a kind fail, one error each.</summary>
    public static void FailNext(this BrokerFaults faults, short apiKey, params ErrorCode[] errors) =>
        faults.FailNext(apiKey, Array.ConvertAll(errors, error => (int)error));
}
