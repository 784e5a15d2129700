using StreamNer.Embedded;

namespace StreamNer.TestSupport.Kafka;

/// <summary>Makes an embedded broker fail as a test wants it to.</summary>
internal sealed unsafe class BrokerFaults(MockCluster mock)
{
    /// <summary>Kafka's number of the request that carries records.</summary>
    public const short Produce = 0;

    /// <summary>Kafka's number of the request that commits offsets.</summary>
    public const short OffsetCommit = 8;

    private readonly delegate* unmanaged[Cdecl]<nint, short, nuint, int*, void> _pushErrors =
        (delegate* unmanaged[Cdecl]<nint, short, nuint, int*, void>)mock.Function("rd_kafka_mock_push_request_errors_array");

    private readonly delegate* unmanaged[Cdecl]<nint, int, int> _setDown =
        (delegate* unmanaged[Cdecl]<nint, int, int>)mock.Function("rd_kafka_mock_broker_set_down");

    private readonly delegate* unmanaged[Cdecl]<nint, int, int> _setUp =
        (delegate* unmanaged[Cdecl]<nint, int, int>)mock.Function("rd_kafka_mock_broker_set_up");

    /// <summary>Lets the next requests of a kind fail, one error each.</summary>
    /// <param name="apiKey">The request's number in the protocol.</param>
    /// <param name="errors">librdkafka's error codes, in order.</param>
    public void FailNext(short apiKey, params int[] errors)
    {
        fixed (int* at = errors)
            _pushErrors(mock.Cluster, apiKey, (nuint)errors.Length, at);
    }

    /// <summary>Takes the broker off the network, or brings it back.</summary>
    public void SetReachable(bool reachable) => _ = reachable ? _setUp(mock.Cluster, 1) : _setDown(mock.Cluster, 1);
}
