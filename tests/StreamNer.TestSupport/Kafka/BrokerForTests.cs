using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamNer.Embedded;

namespace StreamNer.TestSupport.Kafka;

/// <summary>
/// The broker that the tests of an assembly share: an embedded one, or the cluster that <see cref="AddressVariable"/> names. Each test
/// makes its own topics.
/// </summary>
public sealed class BrokerForTests : IDisposable
{
    /// <summary>The environment variable with the address of a cluster (<c>host:port</c>) to test against.</summary>
    public const string AddressVariable = "STREAMNER_TEST_BROKER";

    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);

    // Topics and groups of another run may still be in the cluster.
    private static readonly string Run = Guid.NewGuid().ToString("N")[..8];
    private static int _names;

    private readonly EmbeddedBroker? _embedded;
    private readonly IAdminClient? _cluster;

    /// <summary>The shared one.</summary>
    public BrokerForTests()
        : this(Address)
    {
    }

    private BrokerForTests(string? cluster)
    {
        if (cluster is null)
        {
            // New groups are assigned at once.
            _embedded = EmbeddedBroker.Start();
            _embedded.Mock?.SetInitialRebalanceDelay(TimeSpan.Zero);
            BootstrapServers = _embedded.BootstrapServers;
        }
        else
        {
            BootstrapServers = cluster;
            _cluster = new AdminClientBuilder(new Dictionary<string, string> { ["bootstrap.servers"] = cluster })
                .SetLogHandler((_, _) => { }).Build();
        }
    }

    /// <summary>Its address.</summary>
    public string BootstrapServers { get; }

    /// <summary>False when it is a cluster of its own: what only the embedded broker does must be skipped there.</summary>
    public bool IsEmbedded => _embedded is not null;

    /// <summary>
    /// How long a test may wait for something that depends on the group: a cluster hears from its members every few seconds.
    /// </summary>
    public double GroupSeconds => IsEmbedded ? 20 : 90;

    /// <summary>True in a run against a cluster.</summary>
    public static bool IsCluster => Address is not null;

    /// <summary>The embedded broker.</summary>
    internal EmbeddedBroker Embedded => _embedded ?? throw new InvalidOperationException($"{BootstrapServers} is not embedded");

    private static string? Address => Environment.GetEnvironmentVariable(AddressVariable) is { Length: > 0 } address ? address : null;

    /// <summary>An embedded broker for one test alone, which may make it refuse things.</summary>
    public static BrokerForTests OfItsOwn() => new(cluster: null);

    /// <summary>A name that no other test has, nor one of another run.</summary>
    public static string NewName(string kind) => $"{kind}-{Run}-{Interlocked.Increment(ref _names)}";

    /// <summary>Makes a set of topics: input, output and dead letters.</summary>
    public TestTopics NewTopics(int partitions = 1)
    {
        var topics = new TestTopics(NewName("in"), NewName("out"), NewName("group"));
        CreateTopic(topics.Input, partitions);
        CreateTopic(topics.Output, 1);
        CreateTopic(topics.DeadLetters, 1);
        return topics;
    }

    /// <summary>Makes a topic that takes values of up to 16 MiB, and waits until the broker knows it.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    public void CreateTopic(string topic, int partitions)
    {
        if (_cluster is null)
        {
            Embedded.CreateTopic(topic, partitions);
            return;
        }

        // As many replicas as the cluster gives a topic by default.
        var wanted = new TopicSpecification
        {
            Name = topic,
            NumPartitions = partitions,
            ReplicationFactor = -1,
            Configs = new() { ["max.message.bytes"] = "16777216" },
        };
        _cluster.CreateTopicsAsync([wanted], new CreateTopicsOptions { RequestTimeout = AnswerTime, OperationTimeout = AnswerTime })
            .GetAwaiter().GetResult();

        // All topics, not this one: a question for one by name can make it, with another number of partitions.
        if (!SpinWait.SpinUntil(() => _cluster.GetMetadata(AnswerTime).Topics.Exists(IsThere), AnswerTime))
        {
            throw new TimeoutException($"{BootstrapServers} made the topic {topic} and does not know it after "
                + $"{AnswerTime.TotalSeconds:F0} s");
        }

        bool IsThere(TopicMetadata known) => known.Topic == topic && !known.Error.IsError && known.Partitions.Count == partitions;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _embedded?.Dispose();
        _cluster?.Dispose();
    }
}
