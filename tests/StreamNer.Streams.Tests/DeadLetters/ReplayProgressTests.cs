using System.Text;
using StreamNer.Streams.DeadLetters;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.DeadLetters;

public sealed class ReplayProgressTests
{
    [Fact]
    public void What_was_sent_passes_what_lies_before_it_of_the_same_code_and_topic()
    {
        var progress = new ReplayProgress();
        progress.Sent(Letter("a", "invalid_json", offset: 5));
        Assert.True(progress.WasSent(Letter("a", "invalid_json", offset: 4)));
        Assert.False(progress.WasSent(Letter("a", "invalid_json", offset: 6)));
        Assert.False(progress.WasSent(Letter("a", "text_missing", offset: 4)));
    }

    [Fact]
    public void A_letter_of_a_topic_that_is_named_later_was_not_sent_by_those_of_another_one()
    {
        var progress = new ReplayProgress();
        progress.Sent(Letter("a", "invalid_json", offset: 1));
        Assert.False(progress.WasSent(Letter("b", "invalid_json", offset: 0)));

        var loaded = new ReplayProgress();
        Assert.Equal([new ReplayNote("invalid_json", "a")], progress.Changed);
        loaded.Load(new ReplayNote("invalid_json", "a"), progress.OffsetsOf(new ReplayNote("invalid_json", "a")));
        Assert.True(loaded.WasSent(Letter("a", "invalid_json", offset: 0)));
        Assert.False(loaded.WasSent(Letter("b", "invalid_json", offset: 0)));
    }

    private static DeadLetter Letter(string topic, string code, long offset) => DeadLetter.Read(new TopicEntry(
        "dead", 0, offset, null, null,
        [
            new RecordHeader(HeaderNames.ErrorTopic, Encoding.UTF8.GetBytes(topic)),
            new RecordHeader(HeaderNames.ErrorCode, Encoding.UTF8.GetBytes(code)),
        ]));
}
