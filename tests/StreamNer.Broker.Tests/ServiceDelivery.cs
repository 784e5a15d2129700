using System.Globalization;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>What tests of whole services have in common: topics, numbered documents, and events that are counted.</summary>
public abstract class ServiceDelivery(BrokerForTests broker)
{
    private protected const int Partitions = 4;

    /// <summary>Enough that a service is in the middle of them when it is killed. More by <c>STREAMNER_TEST_DOCUMENTS</c>.</summary>
    private protected static readonly int Documents =
        int.TryParse(Environment.GetEnvironmentVariable("STREAMNER_TEST_DOCUMENTS"), CultureInfo.InvariantCulture, out var count)
            ? count : 4_000;

    private protected BrokerForTests Broker => broker;

    private protected double Patience => broker.IsEmbedded ? 60 : 120;

    private protected static void SkipWithoutSignals() =>
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGTERM is sent to the service, which Windows does not have");

    private protected (TestTopics Topics, TopicReader Events) Prepare()
    {
        var topics = new TestTopics(BrokerForTests.NewName("in"), BrokerForTests.NewName("out"), BrokerForTests.NewName("group"));
        foreach (var topic in (string[])[topics.Input, topics.Output, topics.DeadLetters])
            broker.CreateTopic(topic, Partitions);
        return (topics, new TopicReader(broker.BootstrapServers, topics.Output, Partitions));
    }

    private protected void Produce(TestTopics topics) => Produce(topics, 0, Documents);

    private protected void Produce(TestTopics topics, int from, int to)
    {
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        for (var i = from; i < to; i++)
            writer.Write($"key-{i % 97}", $"Message {i}: Sarah met John Lenon in London.", partition: i % 97 % Partitions);
        writer.Flush();
    }

    /// <summary>Stands a service still in the middle of its documents, and gives it more where it is through with all.</summary>
    /// <returns>How many documents there are now.</returns>
    private protected int StandStillInTheMiddle(ServiceProcess service, TestTopics topics, TopicReader events, int produced)
    {
        events.Read(produced / 4, seconds: Patience);
        while (true)
        {
            service.StandStill();
            if (Answered(topics) < produced)
                return produced;
            Assert.True(produced < 16 * Documents, $"it is through with {produced} documents before anybody can look");
            Produce(topics, produced, 2 * produced);
            service.GoOn();
            events.Read(1, seconds: Patience);
            produced *= 2;
        }
    }

    private int Answered(TestTopics topics)
    {
        using var reader = new TopicReader(broker.BootstrapServers, topics.Output, Partitions);
        return reader.ReadRest(silentSeconds: 1).Select(record => (record.SourcePartition, record.SourceOffset)).Distinct().Count();
    }

    private protected List<TestRecord> ReadUntilEveryInputIsAnswered(TestTopics topics, ServiceProcess service) =>
        ReadUntilEveryInputIsAnswered(topics, service, Documents);

    /// <summary>Reads the output from its start until every input has an event, and then what else there is.</summary>
    private protected List<TestRecord> ReadUntilEveryInputIsAnswered(TestTopics topics, ServiceProcess service, int documents)
    {
        using var reader = new TopicReader(broker.BootstrapServers, topics.Output, Partitions);
        List<TestRecord> all = [];
        HashSet<(int, long)> answered = [];
        while (answered.Count < documents)
        {
            try
            {
                var record = reader.Read(1, seconds: Patience)[0];
                all.Add(record);
                answered.Add((record.SourcePartition, record.SourceOffset));
            }
            catch (TimeoutException)
            {
                Assert.Fail($"{answered.Count} of {documents} inputs are answered, then nothing for {Patience} s\n{service.Log}");
            }
        }

        all.AddRange(reader.ReadRest());
        return all;
    }

    private protected static void AssertTwinsHaveOneId(IEnumerable<TestRecord> all)
    {
        foreach (var twins in all.GroupBy(record => (record.SourcePartition, record.SourceOffset)))
        {
            Assert.Single(twins.Select(record => record.Headers["ce_id"]).Distinct());
            Assert.Single(twins.Select(record => record.Json.GetProperty("entities").GetRawText()).Distinct());
        }
    }

    /// <summary>
    /// The first event of each input comes in the order of its partition; a key has one partition, so what a reader sees of it is in
    /// order.
    /// </summary>
    private protected static void AssertOrderWithinPartitions(IEnumerable<TestRecord> all)
    {
        Dictionary<string, long> last = [];
        HashSet<(int, long)> seen = [];
        foreach (var record in all.Where(record => seen.Add((record.SourcePartition, record.SourceOffset))))
        {
            if (last.TryGetValue(record.Key!, out var before))
                Assert.True(record.SourceOffset > before, $"{record.Key}: offset {record.SourceOffset} comes behind {before}");
            last[record.Key!] = record.SourceOffset;
        }
    }
}
