using Akka.Actor;
using Confluent.Kafka;
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
    public async Task An_event_that_the_broker_refuses_is_dead_lettered_and_its_neighbours_come_through()
    {
        using var own = new BrokerForTests();
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
        Assert.Equal(("3", "publish", "event_too_large", "2"), (letter.Key, letter.Headers["streamner.errors.stage"], letter.Headers["streamner.errors.code"], letter.Headers["streamner.errors.attempts"]));
        Assert.Equal(0, pipeline.Status.Restarts);

        again.Write("4", "Eve");
        again.Flush();
        Assert.Equal("4", events.Read(1)[0].Key);
    }

    [Fact]
    public async Task A_broker_that_goes_away_and_comes_back_loses_nothing()
    {
        using var own = new BrokerForTests();
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
        broker.Broker.CreateTopic(topics.Output, 1);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        await using var pipeline = await PipelineUnderTest.StartAsync(
            broker, topics, settings: new() { ["StreamNer:Kafka:Consumer:topic.metadata.refresh.interval.ms"] = "500" }, join: false);
        await Eventually.TrueAsync(() => pipeline.Status.MissingTopics.Contains(topics.Input), "the topic named");
        Assert.False(pipeline.Status.Ready);

        broker.Broker.CreateTopic(topics.Input, 1);
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        writer.Write("1", "Ann");
        writer.Flush();

        Assert.Equal("1", events.Read(1)[0].Key);
        await Eventually.TrueAsync(() => pipeline.Status.Ready, "ready");
    }
}
