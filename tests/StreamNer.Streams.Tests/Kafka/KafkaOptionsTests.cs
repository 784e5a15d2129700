using StreamNer.Streams.Kafka;

namespace StreamNer.Streams.Tests.Kafka;

public sealed class KafkaOptionsTests
{
    private static readonly KafkaOptions Good = new() { BootstrapServers = "localhost:1", InputTopics = ["news", "mail"] };

    [Fact]
    public void Good_options_are_taken() => Assert.Empty(Good.Problems());

    [Fact]
    public void All_problems_are_reported_at_once()
    {
        var failures = new KafkaOptions { GroupId = "", ConnectTimeout = TimeSpan.Zero, OutputTopic = "a b" }.Problems().ToList();

        Assert.Equal(5, failures.Count);
        Assert.Contains(failures, problem => problem.Contains("BootstrapServers", StringComparison.Ordinal));
        Assert.Contains(failures, problem => problem.Contains("InputTopics", StringComparison.Ordinal));
        Assert.Contains(failures, problem => problem.Contains("'a b'", StringComparison.Ordinal));
    }

    [Fact]
    public void An_output_topic_that_is_read_again_is_refused() =>
        Assert.Contains("events would be read again", Problem(Good with { OutputTopic = "mail" }), StringComparison.Ordinal);

    [Fact]
    public void A_dead_letter_topic_that_is_read_again_is_refused() =>
        Assert.Contains("dead letters would be read again",
            Problem(Good with { InputTopics = ["news", "news.dlq"], DeadLetterTopic = "news.dlq" }), StringComparison.Ordinal);

    [Fact]
    public void One_dead_letter_topic_may_serve_all_inputs() => Assert.Empty((Good with { DeadLetterTopic = "dead" }).Problems());

    [Fact]
    public void A_dead_letter_topic_that_is_the_output_topic_is_refused() =>
        Assert.Contains("output topic", Problem(Good with { DeadLetterTopic = "entities" }), StringComparison.Ordinal);

    private static string Problem(KafkaOptions options) => string.Join("; ", options.Problems());
}
