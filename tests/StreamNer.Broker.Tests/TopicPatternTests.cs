using StreamNer.Streams.Kafka;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>Input topics that a pattern selects.</summary>
public sealed class TopicPatternTests(BrokerForTests broker)
{
    [Fact]
    public async Task Topics_that_a_pattern_matches_are_read_also_those_made_later_and_dead_letters_are_not()
    {
        // Every topic of this test begins with the same words, those that are written to as well.
        var stem = BrokerForTests.NewName("news");
        var topics = new TestTopics($"{stem}-a", $"{stem}-entities", BrokerForTests.NewName("group"));
        var later = $"{stem}-b";
        foreach (var topic in (string[])[topics.Input, topics.Output, topics.DeadLetters, $"{later}.dlq"])
            broker.CreateTopic(topic, 1);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        using var letters = new TopicReader(broker.BootstrapServers, topics.DeadLetters);
        using var lettersOfLater = new TopicReader(broker.BootstrapServers, $"{later}.dlq");
        await using var pipeline = await PipelineUnderTest.StartAsync(broker, topics, settings: new()
        {
            ["StreamNer:Kafka:InputTopics:0"] = $"^{stem}-.*",
            ["StreamNer:Kafka:Consumer:topic.metadata.refresh.interval.ms"] = "200",
        });

        Write(topics.Input, "1", "Ann goes"u8);
        Write(topics.Input, "2", [0xFF]);
        Assert.Equal("1", Assert.Single(events.Read(1)).Key);
        Assert.Equal("2", Assert.Single(letters.Read(1)).Key);

        broker.CreateTopic(later, 1);
        Write(later, "3", "Bea comes"u8);
        Write(later, "4", [0xFF]);
        Assert.Equal($"{later}/0/0/0badcafe", Assert.Single(events.Read(1, broker.GroupSeconds)).Headers["ce_id"]);
        Assert.Equal(later, Assert.Single(lettersOfLater.Read(1)).Headers["__streams.errors.topic"]);

        Write(topics.Input, "5", "Cid stays"u8);
        Assert.Equal("5", Assert.Single(events.Read(1)).Key);
        Assert.Equal([topics.Input, later], pipeline.Status.Partitions.Select(partition => partition.Topic).Order());
        Assert.Equal(5, pipeline.Status.Consumed);

        void Write(string topic, string key, ReadOnlySpan<byte> value)
        {
            using var writer = new TopicWriter(broker.BootstrapServers, topic);
            writer.Write(key, value.ToArray());
            writer.Flush();
        }
    }

    [Fact]
    public void Dead_letters_that_a_pattern_does_not_reach_can_be_looked_at()
    {
        var stem = BrokerForTests.NewName("post");
        broker.CreateTopic($"{stem}-a.dlq", 1);
        using (var writer = new TopicWriter(broker.BootstrapServers, $"{stem}-a.dlq"))
        {
            writer.Write("1", "a letter");
            writer.Flush();
        }

        var options = new KafkaOptions { BootstrapServers = broker.BootstrapServers, InputTopics = [$"^{stem}-.*"] };
        using var tail = new TopicTail(options, [($"{stem}-a.dlq", 1)]);
        TopicEntry? letter = null;
        for (var tries = 0; letter is null && tries < 30; tries++)
            letter = tail.Next(TimeSpan.FromSeconds(1));

        Assert.Equal("a letter"u8.ToArray(), letter?.Value);
    }

    [Fact]
    public void The_topics_of_a_pattern_are_looked_up_and_one_that_matches_none_is_missing()
    {
        var stem = BrokerForTests.NewName("mail");
        var tooLong = $"{stem}-".PadRight(246, 'c');
        foreach (var topic in (string[])[$"{stem}-b", $"{stem}-a", $"{stem}-a.dlq", tooLong])
            broker.CreateTopic(topic, 1);
        var report = TopicProbe.Probe(
            new KafkaOptions { BootstrapServers = broker.BootstrapServers, InputTopics = [$"^{stem}-.*", $"^{stem}none"] },
            TimeSpan.FromSeconds(10));

        Assert.Equal([$"{stem}-a", $"{stem}-b", $"^{stem}none"], report.Inputs.Select(topic => topic.Name));
        Assert.Equal([$"^{stem}none"], report.MissingInputs);
        Assert.Equal([tooLong], report.TooLong);
        Assert.Equal([($"{stem}-a.dlq", true), ($"{stem}-b.dlq", false)], report.DeadLetters.Select(topic => (topic.Name, topic.Exists)));
    }
}
