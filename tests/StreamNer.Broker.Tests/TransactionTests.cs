using Akka.Actor;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using StreamNer.Actors;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Wire;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>
/// Transactions through the real client at an embedded broker, which answers each of their requests, refuses them when it is asked to, and
/// keeps nothing of them: that is for <see cref="ExactlyOnceTests"/>.
/// </summary>
public sealed class TransactionTests
{
    private const short TxnOffsetCommit = 28;
    private const short EndTxn = 26;

    private static readonly Dictionary<string, string?> ExactlyOnce = new()
    {
        ["StreamNer:Kafka:Broker"] = "External",
        ["StreamNer:Kafka:Delivery"] = "ExactlyOnce",
        ["StreamNer:Kafka:Consumer:fetch.wait.max.ms"] = "10",
    };

    [Fact]
    public async Task Documents_flow_and_a_stop_leaves_nothing_open()
    {
        using var own = BrokerForTests.OfItsOwn();
        var topics = own.NewTopics(partitions: 2);
        using var writer = new TopicWriter(own.BootstrapServers, topics.Input);
        using var events = new TopicReader(own.BootstrapServers, topics.Output);
        await using var pipeline = await PipelineUnderTest.StartAsync(own, topics, settings: ExactlyOnce);
        for (var i = 0; i < 300; i++)
            writer.Write($"{i}", "Ann lives in Rome", partition: i % 2);
        writer.Flush();

        var keys = events.Read(300).Select(entityEvent => int.Parse(entityEvent.Key!)).ToArray();
        Assert.Equal(Enumerable.Range(0, 300), keys.Order());
        Assert.Equal(keys.Where(key => key % 2 == 0).Order(), keys.Where(key => key % 2 == 0));
        await Eventually.TrueAsync(() => pipeline.Status is { InFlight: 0, Published: 300 }, "everything is committed");
        await pipeline.StopAsync();
        Assert.Equal(TimeSpan.Zero, pipeline.Status.TransactionOpenFor);
        Assert.Null(pipeline.Status.LastFailure);
        Assert.Equal(0, pipeline.Status.Restarts);
    }

    [Fact]
    public async Task A_record_that_the_brokers_refuse_costs_one_transaction_and_no_document()
    {
        using var own = BrokerForTests.OfItsOwn();
        var faults = Mock.Of(own);
        var topics = own.NewTopics();
        using var writer = new TopicWriter(own.BootstrapServers, topics.Input);
        using var letters = new TopicReader(own.BootstrapServers, topics.DeadLetters);
        await using var pipeline = await PipelineUnderTest.StartAsync(own, topics, settings: ExactlyOnce);

        // Behind the input itself: once in its batch, once alone; then it is the record that is to blame.
        faults.FailNext(Mock.Produce, ErrorCode.NoError, ErrorCode.MsgSizeTooLarge, ErrorCode.MsgSizeTooLarge);
        writer.Write("k", "Ann lives in Rome");
        writer.Flush();

        Assert.Equal("event_too_large", letters.Read(1)[0].Headers["streamner.errors.code"]);
        await Eventually.TrueAsync(() => pipeline.Status is { InFlight: 0, DeadLettered: 1 }, "the dead letter is committed");
        Assert.Null(pipeline.Status.LastFailure);
        Assert.Equal(0, pipeline.Status.Restarts);
    }

    [Fact]
    public async Task What_the_client_throws_away_behind_a_refused_record_is_sent_again_without_a_new_run()
    {
        using var own = BrokerForTests.OfItsOwn();
        var faults = Mock.Of(own);
        var topics = own.NewTopics();
        using var writer = new TopicWriter(own.BootstrapServers, topics.Input);
        using var events = new TopicReader(own.BootstrapServers, topics.Output);
        for (var i = 0; i < 200; i++)
            writer.Write($"{i}", $"Ann{i} lives in Rome");
        writer.Flush();

        // Small requests, so that others wait behind the one that is refused.
        faults.FailNext(Mock.Produce, ErrorCode.MsgSizeTooLarge);
        await using var pipeline = await PipelineUnderTest.StartAsync(own, topics, settings: new(ExactlyOnce)
        {
            ["StreamNer:Kafka:Producer:batch.num.messages"] = "10",
        });

        await Eventually.TrueAsync(() => pipeline.Status is { InFlight: 0, Published: 200 }, "all are committed", seconds: 60);

        // This broker keeps what was aborted too, so some may be there twice.
        var all = events.ReadRest().Select(record => (int.Parse(record.Key!), NameIn(record))).Distinct().Order();
        Assert.Equal(Enumerable.Range(0, 200).Select(i => (i, $"Ann{i}")), all);
        Assert.Null(pipeline.Status.LastFailure);
        Assert.Equal(0, pipeline.Status.Restarts);
        Assert.Equal(0, pipeline.Status.DeadLettered);
    }

    [Fact]
    public async Task A_transaction_that_the_brokers_refuse_once_is_begun_again_with_the_same_records()
    {
        using var own = BrokerForTests.OfItsOwn();
        var faults = Mock.Of(own);
        var topics = own.NewTopics();
        using var writer = new TopicWriter(own.BootstrapServers, topics.Input);
        using var events = new TopicReader(own.BootstrapServers, topics.Output);
        await using var pipeline = await PipelineUnderTest.StartAsync(own, topics, settings: ExactlyOnce);

        faults.FailNext(TxnOffsetCommit, ErrorCode.IllegalGeneration);
        writer.Write("k", "Ann lives in Rome");
        writer.Flush();

        await Eventually.TrueAsync(() => pipeline.Status is { InFlight: 0, Published: 1 }, "it is committed");

        // This broker keeps what was aborted too.
        var twice = events.ReadRest();
        Assert.Equal(2, twice.Count);
        Assert.All(twice, record => Assert.Equal(("k", twice[0].Headers["ce_id"]), (record.Key, record.Headers["ce_id"])));
        Assert.Equal(twice[0].Value, twice[1].Value);
        Assert.Equal("Ann", NameIn(twice[1]));
        Assert.Null(pipeline.Status.LastFailure);
        Assert.Equal(0, pipeline.Status.Restarts);
    }

    [Fact]
    public async Task A_transaction_that_the_brokers_refuse_again_and_again_is_followed_by_a_new_run()
    {
        using var own = BrokerForTests.OfItsOwn();
        var faults = Mock.Of(own);
        var topics = own.NewTopics();
        using var writer = new TopicWriter(own.BootstrapServers, topics.Input);
        await using var pipeline = await PipelineUnderTest.StartAsync(own, topics, settings: ExactlyOnce);

        faults.FailNext(TxnOffsetCommit, ErrorCode.IllegalGeneration, ErrorCode.IllegalGeneration, ErrorCode.IllegalGeneration);
        writer.Write("k", "Ann lives in Rome");
        writer.Flush();

        await Eventually.TrueAsync(() => pipeline.Status is { InFlight: 0, Published: 1, Restarts: 1 }, "it is committed by the next run",
            seconds: 60);
        Assert.Contains("IllegalGeneration", pipeline.Status.LastFailure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_instance_that_is_fenced_takes_its_name_back_once_and_then_ends()
    {
        using var own = BrokerForTests.OfItsOwn();
        var faults = Mock.Of(own);
        var topics = own.NewTopics();
        using var writer = new TopicWriter(own.BootstrapServers, topics.Input);
        await using var pipeline = await PipelineUnderTest.StartAsync(own, topics, settings: new(ExactlyOnce)
        {
            ["StreamNer:Kafka:Transaction:Id"] = "twice",
        });

        faults.FailNext(EndTxn, ErrorCode.ProducerFenced, ErrorCode.ProducerFenced);
        writer.Write("k", "Ann lives in Rome");
        writer.Flush();

        var shutdown = CoordinatedShutdown.Get(pipeline.System);
        await Eventually.TrueAsync(() => shutdown.ShutdownReason is not null, "it ends", seconds: 60);
        Assert.Equal(ExitCodes.Fenced, shutdown.ShutdownReason!.ExitCode);
        Assert.Equal(1, pipeline.Status.Restarts);
        Assert.Contains("another instance has the transactional id 'twice'", pipeline.Status.LastFailure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TxnOffsetCommit, ErrorCode.IllegalGeneration, "Abort")]
    [InlineData(TxnOffsetCommit, ErrorCode.GroupAuthorizationFailed, "Abort")]
    [InlineData(EndTxn, ErrorCode.ProducerFenced, "Fenced")]
    [InlineData(EndTxn, ErrorCode.InvalidProducerEpoch, "Fenced")]
    [InlineData(EndTxn, ErrorCode.InvalidTxnState, "NewClient")]
    public async Task Each_kind_of_refusal_leaves_its_own_way(short request, ErrorCode error, string way)
    {
        using var own = BrokerForTests.OfItsOwn();
        var faults = Mock.Of(own);
        using var client = Started(own, out var topics, out var consumer);
        using (consumer)
        {
            client.Begin();
            await client.Produce(new[] { Record(topics) }).Acknowledged;
            faults.FailNext(request, error);
            var failed = Assert.Throws<TransactionFailedException>(() =>
                client.Commit([new PartitionOffset(new PartitionId(topics.Input, 0), 1)], client.ReadGeneration()));
            Assert.Equal(way, failed.Way.ToString());
            if (failed.Way != TransactionWay.Abort)
                return;

            client.Abort();
            client.Begin();
            await client.Produce(new[] { Record(topics) }).Acknowledged;
            client.Commit([new PartitionOffset(new PartitionId(topics.Input, 0), 1)], client.ReadGeneration());
        }
    }

    [Theory]
    [InlineData(TxnOffsetCommit, ErrorCode.GroupCoordinatorNotAvailable)]
    [InlineData(TxnOffsetCommit, ErrorCode.ConcurrentTransactions)]
    [InlineData(EndTxn, ErrorCode.NotCoordinatorForGroup)]
    [InlineData(EndTxn, ErrorCode.ConcurrentTransactions)]
    public async Task What_passes_is_waited_for(short request, ErrorCode error)
    {
        using var own = BrokerForTests.OfItsOwn();
        var faults = Mock.Of(own);
        using var client = Started(own, out var topics, out var consumer);
        using (consumer)
        {
            client.Begin();
            await client.Produce(new[] { Record(topics) }).Acknowledged;
            faults.FailNext(request, error, error);
            client.Commit([new PartitionOffset(new PartitionId(topics.Input, 0), 1)], client.ReadGeneration());
        }
    }

    private static string NameIn(TestRecord record) => record.Json.GetProperty("entities")[0].GetProperty("text").GetString()!;

    private static OutgoingRecord Record(TestTopics topics) => new(topics.Output, [1], [2], []);

    private static KafkaTransactionClient Started(BrokerForTests own, out TestTopics topics, out KafkaConsumer consumer)
    {
        topics = own.NewTopics();
        var options = new KafkaOptions
        {
            BootstrapServers = own.BootstrapServers,
            GroupId = topics.Group,
            InputTopics = [topics.Input],
            OutputTopic = topics.Output,
        };
        var identity = new MemberIdentity(options, _ => null, TimeProvider.System);
        var member = consumer = new KafkaConsumer(options, identity, NullLogger.Instance);
        var client = new KafkaTransactionClient(options, "tested", NullLogger.Instance);
        client.Initialise(() => false);
        client.Join(consumer);
        consumer.Subscribe(new Nobody());
        Assert.True(SpinWait.SpinUntil(() => IsMember(member), TimeSpan.FromSeconds(30)));
        return client;

        static bool IsMember(KafkaConsumer consumer)
        {
            consumer.Poll(TimeSpan.FromMilliseconds(50));
            return consumer.ReadMembership() is not null;
        }
    }

    private sealed class Nobody : IRebalanceHandler
    {
        public void OnAssigned(IReadOnlyList<PartitionId> partitions)
        {
        }

        public void OnRevoked(IReadOnlyList<PartitionId> partitions)
        {
        }

        public void OnLost(IReadOnlyList<PartitionId> partitions)
        {
        }
    }
}
