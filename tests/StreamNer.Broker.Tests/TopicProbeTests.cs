using StreamNer.Streams.Kafka;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

public sealed class TopicProbeTests(BrokerForTests broker)
{
    [Fact]
    public void Says_which_topics_exist_and_creates_none()
    {
        var topics = broker.NewTopics(partitions: 3);
        var missing = BrokerForTests.NewName("missing");
        var options = new KafkaOptions
        {
            BootstrapServers = broker.BootstrapServers,
            InputTopics = [topics.Input, missing],
            OutputTopic = topics.Output
        };

        for (var look = 0; look < 2; look++)
        {
            var report = TopicProbe.Probe(options, TimeSpan.FromSeconds(10));

            Assert.Equal(broker is { IsEmbedded: true, Embedded.Mock: null } ? 4 : 3, report.Inputs[0].Partitions);
            Assert.True(report.Output.Exists);
            Assert.Equal([missing], report.MissingInputs);
            Assert.Equal([true, false], report.DeadLetters.Select(topic => topic.Exists));
        }
    }

    [Fact]
    public void Names_the_address_that_does_not_answer()
    {
        var options = new KafkaOptions { BootstrapServers = "127.0.0.1:1", InputTopics = ["in"] };

        var unreachable = Assert.Throws<BrokerUnreachableException>(() => TopicProbe.Probe(options, TimeSpan.FromMilliseconds(500)));

        Assert.Contains("'127.0.0.1:1'", unreachable.Message, StringComparison.Ordinal);
    }
}
