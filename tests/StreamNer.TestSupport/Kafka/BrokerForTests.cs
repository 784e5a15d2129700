using StreamNer.Embedded;

namespace StreamNer.TestSupport.Kafka;

/// <summary>An embedded broker that assigns new groups at once, shared by the tests of an assembly. Each test makes its own topics.</summary>
public sealed class BrokerForTests : IDisposable
{
    private static int _names;

    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();

    public BrokerForTests() => _broker.Mock?.SetInitialRebalanceDelay(TimeSpan.Zero);

    /// <summary>Its address.</summary>
    public string BootstrapServers => _broker.BootstrapServers;

    /// <summary>The broker itself.</summary>
    internal EmbeddedBroker Broker => _broker;

    /// <summary>A name that no other test has.</summary>
    public static string NewName(string kind) => $"{kind}-{Interlocked.Increment(ref _names)}";

    /// <summary>Makes a set of topics: input, output and dead letters.</summary>
    public TestTopics NewTopics(int partitions = 1)
    {
        var topics = new TestTopics(NewName("in"), NewName("out"), NewName("group"));
        _broker.CreateTopic(topics.Input, partitions);
        _broker.CreateTopic(topics.Output, 1);
        _broker.CreateTopic(topics.DeadLetters, 1);
        return topics;
    }

    /// <inheritdoc/>
    public void Dispose() => _broker.Dispose();
}
