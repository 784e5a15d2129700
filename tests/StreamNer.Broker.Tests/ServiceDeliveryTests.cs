using System.Diagnostics;
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
        using (var killed = ServiceProcess.Start(Broker, topics, Consumer(protocol)))
        {
            Produce(topics);
            reader.Read(Documents / 4, seconds: Patience);
            await killed.KillAsync();
        }

        using var next = ServiceProcess.Start(Broker, topics, Consumer(protocol));
        var all = ReadUntilEveryInputIsAnswered(topics, next);
        TestContext.Current.TestOutputHelper?.WriteLine($"{all.Count - Documents} duplicates of {Documents}");
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
        using (var stopped = ServiceProcess.Start(Broker, topics, Consumer(protocol)))
        {
            Produce(topics);
            reader.Read(Documents / 4, seconds: Patience);
            Assert.True(await stopped.TerminateAsync() == 0, stopped.Log);
        }

        using var next = ServiceProcess.Start(Broker, topics, Consumer(protocol));
        var all = ReadUntilEveryInputIsAnswered(topics, next);
        Assert.Equal(0, await next.TerminateAsync());
        Assert.Equal(Documents, all.Count);
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
        Produce(topics, 0, Documents / 2);
        reader.Read(Documents / 4, seconds: Patience);
        using var second = ServiceProcess.Start(Broker, topics, Consumer(protocol));
        await Eventually.TrueAsync(() => second.Log.Contains("2 partitions assigned, 2 in all", StringComparison.Ordinal),
            "the second service has its share", seconds: Patience);
        Produce(topics, Documents / 2, Documents);
        reader.Read(Documents / 2, seconds: Patience);
        Assert.Equal(0, await second.TerminateAsync());

        var all = ReadUntilEveryInputIsAnswered(topics, first);
        TestContext.Current.TestOutputHelper?.WriteLine($"{all.Count - Documents} duplicates of {Documents}");
        AssertTwinsHaveOneId(all);
        AssertOrderWithinPartitions(all);
    }

    private static string[] Consumer(string protocol) => protocol == "consumer" ? ["group.protocol=consumer"] : [];
}
