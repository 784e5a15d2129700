using System.Diagnostics;
using Confluent.Kafka;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>
/// What a user is promised of delivery, with the whole service in processes of its own that are killed, stopped and joined by others.
/// </summary>
public sealed class ServiceDeliveryTests(BrokerForTests broker) : ServiceDelivery(broker)
{
    /// <summary>Of the group. The embedded broker holds the place of a dead member for long with <c>consumer</c>.</summary>
    public static TheoryData<string> Protocols => BrokerForTests.IsCluster ? ["classic", "consumer"] : ["classic"];

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_service_that_is_killed_loses_nothing_and_its_duplicates_are_known_by_their_id(string protocol)
    {
        SkipWithoutSignals();
        var (topics, events) = Prepare();
        using var reader = events;
        int documents;
        using (var killed = ServiceProcess.Start(Broker, topics, Consumer(protocol)))
        {
            Produce(topics);
            documents = StandStillInTheMiddle(killed, topics, reader, Documents);
            await killed.KillAsync();
        }

        using var next = ServiceProcess.Start(Broker, topics, Consumer(protocol));
        var all = ReadUntilEveryInputIsAnswered(topics, next, documents);
        TestContext.Current.TestOutputHelper?.WriteLine($"{all.Count - documents} duplicates of {documents}");
        AssertTwinsHaveOneId(all);
        AssertOrderWithinPartitions(all);
    }

    /// <remarks>Without a name it waits for its own session, which is 8 s; with one it doesn't.</remarks>
    [Theory]
    [InlineData]
    [InlineData("group.instance.id=ner-0")]
    public async Task A_service_that_is_killed_and_started_again_goes_on_soon(params string[] consumer)
    {
        SkipWithoutSignals();
        Assert.SkipWhen(Broker.IsEmbedded, "the embedded broker has a session timeout of its own");
        var (topics, events) = Prepare();
        using var reader = events;
        using (var killed = ServiceProcess.Start(Broker, topics, consumer))
        {
            Produce(topics, 0, 100);
            reader.Read(100, seconds: Patience);
            await killed.KillAsync();
        }

        using var writer = new TopicWriter(Broker.BootstrapServers, topics.Input);
        writer.Write("after", "Sarah met John Lenon in London.");
        writer.Flush();
        var begun = Stopwatch.GetTimestamp();
        using var next = ServiceProcess.Start(Broker, topics, consumer);
        while (reader.Read(1, seconds: Patience)[0].Key != "after")
        {
            // What was not committed before the kill comes again first.
        }

        var took = Stopwatch.GetElapsedTime(begun);
        TestContext.Current.TestOutputHelper?.WriteLine($"went on after {took.TotalSeconds:F1} s, the start of the process included");
        Assert.True(took < TimeSpan.FromSeconds(20), $"{took}\n{next.Log}");
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_service_that_is_asked_to_stop_drains_commits_and_ends_with_0_without_a_duplicate(string protocol)
    {
        SkipWithoutSignals();
        var (topics, events) = Prepare();
        using var reader = events;
        int documents;
        using (var stopped = ServiceProcess.Start(Broker, topics, Consumer(protocol)))
        {
            Produce(topics);
            documents = StandStillInTheMiddle(stopped, topics, reader, Documents);

            // It is asked before it goes on: there is still something under way then.
            var ended = stopped.TerminateAsync();
            stopped.GoOn();
            Assert.True(await ended == 0, stopped.Log);
            Assert.Contains("drained and committed within", stopped.Log, StringComparison.Ordinal);
        }

        using var next = ServiceProcess.Start(Broker, topics, Consumer(protocol));
        var all = ReadUntilEveryInputIsAnswered(topics, next, documents);
        Assert.Equal(0, await next.TerminateAsync());
        Assert.Equal(documents, all.Count);
        AssertOrderWithinPartitions(all);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public async Task A_second_service_may_join_and_leave_while_documents_flow(string protocol)
    {
        SkipWithoutSignals();
        var (topics, events) = Prepare();
        using var reader = events;
        using var first = ServiceProcess.Start(Broker, topics, Consumer(protocol));
        var documents = Documents / 2;
        Produce(topics, 0, documents);
        reader.Read(Documents / 4, seconds: Patience);

        // What comes out goes in again as new documents, so some are under way all the time that the group shares out its partitions.
        using var second = ServiceProcess.Start(Broker, topics, Consumer(protocol));
        await Eventually.TrueAsync(
            () =>
            {
                FlowOn();
                return second.Log.Contains("2 partitions assigned, 2 in all", StringComparison.Ordinal);
            },
            "the second service has its share", seconds: Patience);
        for (var i = 0; i < 10; i++)
            FlowOn();
        var left = second.TerminateAsync();
        while (!left.IsCompleted)
            FlowOn();
        Assert.True(await left == 0, second.Log);

        var all = ReadUntilEveryInputIsAnswered(topics, first, documents);
        TestContext.Current.TestOutputHelper?.WriteLine($"{all.Count - documents} duplicates of {documents}");
        AssertTwinsHaveOneId(all);
        AssertOrderWithinPartitions(all);

        void FlowOn()
        {
            Produce(topics, documents, documents + 20);
            documents += 20;
            reader.Read(20, seconds: Patience);
        }
    }

    [Fact]
    public async Task Not_even_the_longest_log_holds_the_text_of_a_document()
    {
        SkipWithoutSignals();
        var (topics, events) = Prepare();
        using var reader = events;
        using var letters = new TopicReader(Broker.BootstrapServers, topics.DeadLetters, Partitions);
        using var service = ServiceProcess.StartWith(Broker, topics, "Logging:Level=Trace", "Windows:OnTooLong=Fail");
        using var writer = new TopicWriter(Broker.BootstrapServers, topics.Input);
        writer.Write("a", "Sarah met John Lenon in London.");
        writer.Write("b", $"John Lenon {string.Concat(Enumerable.Repeat("sang ", 2000))}");
        writer.Write("c", """{"text": "John Lenon", """, headers: new Headers { { "content-type", "application/json"u8.ToArray() } });
        writer.Flush();
        reader.Read(1, seconds: Patience);
        letters.Read(2, seconds: Patience);
        Assert.True(await service.TerminateAsync() == 0, service.Log);

        Assert.Contains("stopped with exit code 0", service.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Lenon", service.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("sang", service.Log, StringComparison.Ordinal);
    }

    private static string[] Consumer(string protocol) => protocol == "consumer" ? ["group.protocol=consumer"] : [];
}
