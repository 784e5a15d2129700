using System.Globalization;
using Confluent.Kafka;
using StreamNer.Actors;
using StreamNer.Streams.Kafka;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>
/// Exactly once, as a reader of committed records sees it: services in processes of their own, killed and joined by others. On a cluster
/// only, since no other broker has transactions.
/// </summary>
public sealed class ExactlyOnceTests(BrokerForTests broker)
{
    private const int Partitions = 6;
    private const int Kills = 8;

    private static readonly int Documents =
        int.TryParse(Environment.GetEnvironmentVariable("STREAMNER_TEST_DOCUMENTS"), CultureInfo.InvariantCulture, out var count)
            ? count : 4_000;

    [Theory]
    [InlineData("classic")]
    [InlineData("consumer")]
    public async Task Two_services_that_are_killed_again_and_again_answer_every_document_exactly_once(string protocol)
    {
        SkipWithoutCluster();
        var topics = broker.NewTopics(Partitions);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        var services = new[] { Start(topics, protocol), Start(topics, protocol) };
        try
        {
            var all = new List<TestRecord>();
            for (var kill = 0; kill < Kills; kill++)
            {
                Produce(topics, kill * Documents / Kills, (kill + 1) * Documents / Kills);
                all.AddRange(events.Read(Documents / Kills / 2, seconds: 120));
                await services[kill % 2].KillAsync();
                services[kill % 2].Dispose();
                services[kill % 2] = Start(topics, protocol);
            }

            all.AddRange(events.Read(Documents - all.Count, seconds: 120));
            foreach (var service in services)
                Assert.True(await service.TerminateAsync() == 0, service.Log);
            all.AddRange(events.ReadRest(silentSeconds: 20));
            Assert.Equal(Enumerable.Range(0, Documents), all.Select(Number).Order());
        }
        finally
        {
            foreach (var service in services)
                service.Dispose();
        }
    }

    [Fact]
    public async Task Services_that_join_and_leave_answer_every_document_exactly_once_and_in_order()
    {
        SkipWithoutCluster();
        var topics = broker.NewTopics(Partitions);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        using var first = Start(topics, "classic");
        var all = new List<TestRecord>();
        for (var round = 0; round < 4; round++)
        {
            using var second = Start(topics, "classic");
            Produce(topics, round * Documents / 4, (round + 1) * Documents / 4);
            all.AddRange(events.Read(Documents / 8, seconds: 120));
            Assert.True(await second.TerminateAsync() == 0, second.Log);
        }

        all.AddRange(events.Read(Documents - all.Count, seconds: 120));
        Assert.True(await first.TerminateAsync() == 0, first.Log);
        all.AddRange(events.ReadRest(silentSeconds: 5));
        Assert.Equal(Enumerable.Range(0, Documents), all.Select(Number).Order());
        foreach (var partition in all.Select(Number).GroupBy(number => number % Partitions))
            Assert.Equal(partition.Order(), partition);
    }

    [Fact]
    public async Task Of_two_services_with_one_name_one_ends_and_says_why_and_nothing_is_answered_twice()
    {
        SkipWithoutCluster();
        var topics = broker.NewTopics(Partitions);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        using var first = Start(topics, "classic", "Kafka:Transaction:Id=" + topics.Group);
        using var second = Start(topics, "classic", "Kafka:Transaction:Id=" + topics.Group);
        var all = new List<TestRecord>();
        for (var round = 0; round < 20 && !first.HasExited && !second.HasExited; round++)
        {
            Produce(topics, round * 100, (round + 1) * 100);
            all.AddRange(events.Read(100, seconds: 120));
        }

        var ended = first.HasExited ? first : second;
        Assert.True(await ended.ExitAsync(TimeSpan.FromMinutes(2)) == ExitCodes.Fenced, ended.Log);
        Assert.Contains("another instance has the transactional id", ended.Log, StringComparison.Ordinal);
        all.AddRange(events.ReadRest(silentSeconds: 20));
        Assert.Equal(all.Count, all.Select(Number).Distinct().Count());
    }

    [Fact]
    public void Records_of_an_aborted_transaction_are_seen_only_when_they_are_asked_for()
    {
        SkipWithoutCluster();
        var topics = broker.NewTopics();
        var options = new KafkaOptions { BootstrapServers = broker.BootstrapServers, GroupId = topics.Group, InputTopics = [topics.Input] };
        using var producer = new ProducerBuilder<byte[], byte[]>(ClientSettings.TransactionalProducer(options, topics.Group)).Build();
        producer.InitTransactions(TimeSpan.FromSeconds(30));
        producer.BeginTransaction();
        producer.Produce(topics.Output, new Message<byte[], byte[]> { Key = [1], Value = [1] });
        producer.Flush(TimeSpan.FromSeconds(30));
        producer.AbortTransaction(TimeSpan.FromSeconds(30));

        Assert.Equal(0, Count(uncommitted: false));
        Assert.Equal(1, Count(uncommitted: true));

        int Count(bool uncommitted)
        {
            using var tail = new TopicTail(options, [(topics.Output, 1)], uncommitted: uncommitted);
            var seen = 0;
            while (!tail.IsAtEnd)
                seen += tail.Next(TimeSpan.FromMilliseconds(100)) is null ? 0 : 1;
            return seen;
        }
    }

    private static void SkipWithoutCluster() =>
        Assert.SkipUnless(BrokerForTests.IsCluster, $"only a cluster has transactions: name one in {BrokerForTests.AddressVariable}");

    private static int Number(TestRecord record) => int.Parse(record.Key!, CultureInfo.InvariantCulture);

    private ServiceProcess Start(TestTopics topics, string protocol, params string[] settings) => ServiceProcess.StartWith(
        broker, topics, ["Kafka:Delivery=ExactlyOnce", $"Kafka:Consumer:group.protocol={protocol}", .. settings]);

    private void Produce(TestTopics topics, int from, int to)
    {
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        for (var i = from; i < to; i++)
            writer.Write(i.ToString(CultureInfo.InvariantCulture), "Sarah met John Lenon in London.", partition: i % Partitions);
        writer.Flush();
    }
}
