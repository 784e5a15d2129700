using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using StreamNer.Streams.DeadLetters;
using StreamNer.Streams.Kafka;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

public sealed class DeadLetterTopicTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void What_comes_while_the_letters_are_read_is_not_read()
    {
        using var own = BrokerForTests.OfItsOwn();
        var topics = own.NewTopics();
        using var writer = new TopicWriter(own.BootstrapServers, topics.DeadLetters);
        Write(writer, topics, "a", "b");
        List<string?> read = [];

        // As letters that are sent again and fail again: each one brings the next.
        foreach (var letter in new DeadLetterTopic(Options(own, topics), topics.DeadLetters, 1).Letters(Stop))
        {
            read.Add(Encoding.UTF8.GetString(letter.Entry.Value!));
            Assert.True(read.Count <= 2, "it ends");
            Write(writer, topics, "again");
        }

        Assert.Equal(["a", "b"], read);
    }

    [Fact]
    public async Task Letters_that_are_refused_with_a_neighbour_are_sent_again_alone()
    {
        using var own = BrokerForTests.OfItsOwn();
        var faults = Mock.Of(own);
        var topics = own.NewTopics();
        using (var writer = new TopicWriter(own.BootstrapServers, topics.DeadLetters))
            Write(writer, topics, "a", "b", "c");
        var options = Options(own, topics);
        using var producer = new BatchProducer(options, NullLogger.Instance);
        faults.FailNext(Mock.Produce, ErrorCode.MsgSizeTooLarge);

        var outcome = await new DeadLetterTopic(options, topics.DeadLetters, 1)
            .ReplayAsync(producer, new DeadLetterFilter(null, null), 100, _ => { }, Stop);

        Assert.Equal((3, 0), (outcome.Sent, outcome.Refused));
        using var reader = new TopicReader(own.BootstrapServers, topics.Input);
        Assert.Equal(["a", "b", "c"], reader.Read(3).Select(record => Encoding.UTF8.GetString(record.Value!)).Order());
    }

    private static KafkaOptions Options(BrokerForTests own, TestTopics topics) => new()
    {
        BootstrapServers = own.BootstrapServers,
        InputTopics = [topics.Input],
        OutputTopic = topics.Output,
        GroupId = topics.Group,
    };

    private static void Write(TopicWriter writer, TestTopics topics, params string[] values)
    {
        foreach (var value in values)
        {
            writer.Write(null, value, headers: new Headers
            {
                { "__streams.errors.exception", "StreamNer.Read.InvalidJson"u8.ToArray() },
                { "__streams.errors.topic", Encoding.UTF8.GetBytes(topics.Input) },
                { "streamner.errors.code", "invalid_json"u8.ToArray() },
            });
        }

        writer.Flush();
    }
}
