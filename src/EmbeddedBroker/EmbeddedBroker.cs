using Confluent.Kafka;
using StreamNer.Streams.Kafka;

namespace StreamNer.Embedded;

/// <summary>A Kafka broker inside this process, for trying out and tests: librdkafka's mock cluster.</summary>
/// <remarks>
/// In memory only, on the loopback address, at a port of its own choice; it ends with this object. It keeps 5 MiB a partition
/// and drops the oldest records beyond that without a word (see <see cref="LagGuard"/>). It has no transactions, no access
/// control, and no group listing: asking it for one can end the process. With the classic group protocol it can refuse the offsets
/// of a member that gives partitions back, as no real broker does. Clients set <see cref="BrokerKind.Embedded"/>.
/// </remarks>
internal sealed class EmbeddedBroker : IDisposable
{
    /// <summary>Partitions of a topic that nobody gave another number: what librdkafka makes by itself.</summary>
    public const int DefaultPartitions = 4;

    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    private readonly IProducer<byte[], byte[]> _anchor;
    private readonly IAdminClient _admin;
    private readonly MockCluster? _mock;

    private EmbeddedBroker(IProducer<byte[], byte[]> anchor, IAdminClient admin, string bootstrapServers)
    {
        _anchor = anchor;
        _admin = admin;
        BootstrapServers = bootstrapServers;
        _mock = MockCluster.Of(anchor.Handle);
    }

    /// <summary>Its address, such as <c>127.0.0.1:45787</c>.</summary>
    public string BootstrapServers { get; }

    /// <summary>
    /// librdkafka's test functions for it; null when they were not found, and then each topic has <see cref="DefaultPartitions"/>.
    /// </summary>
    public MockCluster? Mock => _mock;

    /// <summary>
    /// Starts a broker with no topics. It makes a topic with four partitions when somebody produces to one that is missing.
    /// </summary>
    public static EmbeddedBroker Start()
    {
        var settings = new Dictionary<string, string>
        {
            ["test.mock.num.brokers"] = "1",
            ["bootstrap.servers"] = "embedded",
        };
        var anchor = new ProducerBuilder<byte[], byte[]>(settings).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        var admin = new DependentAdminClientBuilder(anchor.Handle).Build();
        var brokers = admin.GetMetadata(AnswerTime).Brokers;
        return new EmbeddedBroker(anchor, admin, string.Join(',', brokers.Select(broker => $"{broker.Host}:{broker.Port}")));
    }

    /// <summary>Makes a topic.</summary>
    /// <returns>How many partitions it has now.</returns>
    public int CreateTopic(string topic, int partitions)
    {
        _mock?.CreateTopic(topic, partitions);

        // Asking for a topic by name makes it when it is not there yet.
        return _admin.GetMetadata(topic, AnswerTime).Topics.Single().Partitions.Count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _admin.Dispose();
        _anchor.Dispose();
    }
}
