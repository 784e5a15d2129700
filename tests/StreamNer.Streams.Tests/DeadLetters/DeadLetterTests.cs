using System.Text;
using StreamNer.Inference.Domain;
using StreamNer.Streams.DeadLetters;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.DeadLetters;

public sealed class DeadLetterTests
{
    [Fact]
    public void A_record_that_was_a_dead_letter_before_keeps_what_that_one_said()
    {
        RecordHeader[] own =
        [
            Header("source", "mail"), Header(HeaderNames.ErrorException, "StreamNer.Read.InvalidJson"),
            Header(HeaderNames.ErrorTopic, "before"), Header(HeaderNames.ErrorValueBytes, "7"), Header(HeaderNames.ErrorLastOffset, "9"),
        ];

        var letter = DeadLetter.Read(Letter(own));

        Assert.Equal(("news", "text_missing"), (letter.Topic, letter.Code));
        Assert.False(letter.LacksValue);
        Assert.Equal(own.Select(header => header.Key), letter.Original().Headers.Select(header => header.Key));
    }

    [Fact]
    public void A_record_whose_own_headers_are_named_alike_lacks_no_value()
    {
        var letter = DeadLetter.Read(Letter(Header(HeaderNames.ErrorValueBytes, "7")));

        Assert.False(letter.LacksValue);
        Assert.Equal([HeaderNames.ErrorValueBytes], letter.Original().Headers.Select(header => header.Key));
    }

    [Fact]
    public void A_letter_without_its_value_says_so()
    {
        var bare = Letter();

        Assert.True(DeadLetter.Read(bare with { Headers = [.. bare.Headers, Header(HeaderNames.ErrorValueBytes, "7")] }).LacksValue);
    }

    private static TopicEntry Letter(params RecordHeader[] own)
    {
        var record = new KafkaRecord(new AssignedPartition("news", 0), 3, null, [1], own, null);
        var failed = new DocumentOutcome.Failed(FailureStage.Read, FailureCode.TextMissing, "no text", 1);
        return new TopicEntry("news.dlq", 0, 0, null, [1], EventHeaders.DeadLetter(record, failed));
    }

    private static RecordHeader Header(string name, string value) => new(name, Encoding.UTF8.GetBytes(value));
}
