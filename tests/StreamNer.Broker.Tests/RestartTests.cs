using System.Text;
using Akka.Actor;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>What happens when something breaks: the whole graph starts again from the committed offsets.</summary>
public sealed class RestartTests(BrokerForTests broker)
{
    [Fact]
    public async Task Resumes_from_the_committed_offsets_after_a_restart_of_the_graph()
    {
        var topics = broker.NewTopics();
        var broken = true;
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        await using var pipeline = await PipelineUnderTest.StartAsync(
            broker,
            topics,
            document => document.Text == "breaks" && Volatile.Read(ref broken)
                ? ScriptedRecogniser.Stops(document)
                : ScriptedRecogniser.FirstWordIsAPerson(document));
        writer.Write("1", "Ann");
        writer.Flush();
        events.Read(1);
        await Eventually.TrueAsync(() => CommittedOffset.Of(broker.BootstrapServers, topics) == 1, "the first record committed");

        writer.Write("2", "breaks");
        writer.Write("3", "Ben");
        writer.Flush();
        await Eventually.TrueAsync(() => pipeline.Status.Restarts >= 2, "two restarts");
        Assert.Contains("stopped", pipeline.Status.LastFailure, StringComparison.Ordinal);
        Volatile.Write(ref broken, false);

        Assert.Equal(["2", "3"], events.Read(2).Select(entityEvent => entityEvent.Key));
        Assert.Empty(events.ReadRest());
        await Eventually.TrueAsync(() => CommittedOffset.Of(broker.BootstrapServers, topics) == 3, "all committed");
    }

    [Fact]
    public async Task A_graph_in_which_nothing_is_finished_says_what_is_stuck_where_and_is_restarted()
    {
        var topics = broker.NewTopics();
        var gate = new RecogniserGate();
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        await using var pipeline = await PipelineUnderTest.StartAsync(
            broker, topics, gate: gate, settings: new() { ["StreamNer:Pipeline:StallTimeout"] = "00:00:00.500" });
        writer.Write("1", "Ann");
        writer.Flush();

        // The answer of the first run is lost; that of a later one comes.
        await Eventually.TrueAsync(() => pipeline.Status.Restarts >= 1, "a restart");
        Assert.Contains("Pipeline:StallTimeout", pipeline.Status.LastFailure, StringComparison.Ordinal);
        Assert.Contains($"1 documents (1 at recognition), the oldest {topics.Input}/0/0 at recognition", pipeline.Status.LastFailure,
            StringComparison.Ordinal);
        gate.Open();

        Assert.Equal("1", events.Read(1)[0].Key);
        Assert.Empty(events.ReadRest());
        await Eventually.TrueAsync(() => pipeline.Status.Ready, "ready again");
    }

    [Fact]
    public async Task A_drain_does_not_wait_for_documents_that_a_recogniser_has_which_is_gone()
    {
        var topics = broker.NewTopics();
        var gate = new RecogniserGate();
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        await using var pipeline = await PipelineUnderTest.StartAsync(
            broker, topics, gate: gate, settings: new() { ["StreamNer:Pipeline:DrainTimeout"] = "00:10:00" });
        writer.Write("1", "Ann");
        writer.Flush();
        await Eventually.TrueAsync(() => gate.HeldDocuments == 1, "the document under way");

        var stopping = pipeline.StopAsync();
        await Eventually.TrueAsync(() => pipeline.Status.State == PipelineState.Draining, "draining");
        pipeline.System.ActorSelection("/user/recogniser").Tell(PoisonPill.Instance);

        await stopping.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Null(CommittedOffset.Of(broker.BootstrapServers, topics));
    }

    [Fact]
    public async Task Two_records_with_empty_values_that_are_refused_together_are_told_apart()
    {
        using var own = BrokerForTests.OfItsOwn();
        var mock = Mock.Of(own);
        var topics = own.NewTopics();

        // Long enough that all three travel in one request, however busy the machine is.
        var options = new KafkaOptions
        {
            BootstrapServers = own.BootstrapServers,
            Broker = BrokerKind.Embedded,
            Producer = new Dictionary<string, string> { ["linger.ms"] = "500" },
        };
        using var producer = new BatchProducer(options, NullLogger.Instance);
        OutgoingRecord[] records = [Record("a", []), Record("b", []), Record("c", "c"u8.ToArray())];
        await (await producer.EnqueueAsync(records)).Acknowledged;
        mock.FailNext(Mock.Produce, ErrorCode.MsgSizeTooLarge);

        var refusals = await (await producer.EnqueueAsync(records)).Acknowledged;

        Assert.Equal([0, 1, 2], refusals.Select(refusal => refusal.Index));
        Assert.Contains($"the record for {topics.DeadLetters} has 2 bytes", refusals[2].Message, StringComparison.Ordinal);
        Assert.Contains("raise max.message.bytes of the topic", refusals[2].Message, StringComparison.Ordinal);
        Assert.Equal(0, producer.Unacknowledged);

        OutgoingRecord Record(string key, byte[] value) => new(topics.DeadLetters, Encoding.UTF8.GetBytes(key), value, []);
    }

    [Fact]
    public async Task An_event_that_the_broker_refuses_is_dead_lettered_and_its_neighbours_come_through()
    {
        using var own = BrokerForTests.OfItsOwn();
        var mock = Mock.Of(own);
        var topics = own.NewTopics();
        using var writer = new TopicWriter(own.BootstrapServers, topics.Input);
        using var events = new TopicReader(own.BootstrapServers, topics.Output);
        using var letters = new TopicReader(own.BootstrapServers, topics.DeadLetters);
        await using var pipeline = await PipelineUnderTest.StartAsync(own, topics);
        writer.Write("0", "Ann");
        writer.Flush();
        events.Read(1);

        // The request with the event, and the event alone; the dead letter is taken.
        writer.Dispose();
        using var again = new TopicWriter(own.BootstrapServers, topics.Input);
        again.Write("1", "Ben");
        again.Write("2", "Cid");
        again.Flush();
        events.Read(2);
        mock.FailNext(Mock.Produce, ErrorCode.NoError, ErrorCode.MsgSizeTooLarge, ErrorCode.MsgSizeTooLarge);
        again.Write("3", "Dan");
        again.Flush();

        var letter = letters.Read(1)[0];
        Assert.Equal(("3", "publish", "event_too_large", "2"), (letter.Key, letter.Headers["streamner.errors.stage"],
            letter.Headers["streamner.errors.code"], letter.Headers["streamner.errors.attempts"]));
        Assert.Equal(0, pipeline.Status.Restarts);

        again.Write("4", "Eve");
        again.Flush();
        Assert.Equal("4", events.Read(1)[0].Key);
    }

    [Fact]
    public async Task A_broker_that_goes_away_and_comes_back_loses_nothing()
    {
        using var own = BrokerForTests.OfItsOwn();
        var mock = Mock.Of(own);
        var topics = own.NewTopics();
        using var writer = new TopicWriter(own.BootstrapServers, topics.Input);
        using var events = new TopicReader(own.BootstrapServers, topics.Output);
        var gate = new RecogniserGate();
        await using var pipeline = await PipelineUnderTest.StartAsync(
            own, topics, gate: gate, settings: new() { ["StreamNer:Kafka:Producer:message.timeout.ms"] = "1000" });
        writer.Write("1", "Ann");
        writer.Flush();
        await Eventually.TrueAsync(() => gate.HeldDocuments == 1, "the document under way");

        // Its event cannot be delivered in time: the graph fails, and fails again until the broker is back.
        mock.SetReachable(false);
        gate.Open();
        await Eventually.TrueAsync(() => pipeline.Status.Restarts >= 1, "a restart");
        Assert.False(pipeline.Status.Ready);
        mock.SetReachable(true);

        Assert.Equal("1", events.Read(1)[0].Key);
        await Eventually.TrueAsync(() => CommittedOffset.Of(own.BootstrapServers, topics) == 1, "committed");
    }

    [Fact]
    public async Task An_outage_that_brings_no_record_and_costs_no_membership_is_told_to_be_over()
    {
        OwnConnector.IsNeeded(OwnConnector.NoProbe);
        using var own = BrokerForTests.OfItsOwn();
        var mock = Mock.Of(own);
        var topics = own.NewTopics();
        await using var pipeline = await PipelineUnderTest.StartAsync(
            own, topics, settings: new() { ["StreamNer:Kafka:Consumer:session.timeout.ms"] = "120000" });

        mock.SetReachable(false);
        await Eventually.TrueAsync(() => pipeline.Log.Events.Contains(PipelineLog.BrokersDown), "the outage told of");
        mock.SetReachable(true);

        await Eventually.TrueAsync(() => pipeline.Log.Events.Contains(PipelineLog.BrokersBack), "its end told of");
    }

    [Fact]
    public async Task A_broker_that_cannot_be_reached_at_the_start_ends_the_process_with_its_own_code()
    {
        var topics = new TestTopics("in", "out", "group");
        await using var pipeline = await PipelineUnderTest.StartAsync(
            broker,
            topics,
            settings: new() { ["StreamNer:Kafka:BootstrapServers"] = "127.0.0.1:1", ["StreamNer:Kafka:ConnectTimeout"] = "00:00:01" },
            join: false);

        await pipeline.System.WhenTerminated.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal(4, CoordinatedShutdown.Get(pipeline.System).ShutdownReason?.ExitCode);
    }

    [Fact]
    public async Task A_missing_input_topic_is_waited_for_and_named()
    {
        var topics = new TestTopics(BrokerForTests.NewName("late"), BrokerForTests.NewName("out"), BrokerForTests.NewName("group"));
        broker.CreateTopic(topics.Output, 1);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        await using var pipeline = await PipelineUnderTest.StartAsync(
            broker, topics, settings: new() { ["StreamNer:Kafka:Consumer:topic.metadata.refresh.interval.ms"] = "500" }, join: false);
        await Eventually.TrueAsync(() => pipeline.Status.MissingTopics.Contains(topics.Input), "the topic named");
        Assert.False(pipeline.Status.Ready);

        broker.CreateTopic(topics.Input, 1);
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        writer.Write("1", "Ann");
        writer.Flush();

        Assert.Equal("1", events.Read(1)[0].Key);
        await Eventually.TrueAsync(() => pipeline.Status.Ready, "ready");
    }
}
