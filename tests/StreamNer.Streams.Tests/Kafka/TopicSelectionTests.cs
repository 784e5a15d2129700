using StreamNer.Streams.Kafka;

namespace StreamNer.Streams.Tests.Kafka;

public sealed class TopicSelectionTests
{
    /// <summary>Names that, with <c>.dlq</c> behind them, are longer than a topic's may be.</summary>
    private static readonly string TooLong = "^" + new string('.', 246);

    private static readonly KafkaOptions Options = new() { BootstrapServers = "localhost:1", InputTopics = ["mail", "^news-.*"] };

    [Theory]
    [InlineData("mail", true)]
    [InlineData("mail-2", false)]
    [InlineData("news-", true)]
    [InlineData("news-a.b", true)]
    [InlineData("old-news-a", false)]
    public void Names_are_whole_and_patterns_begin_where_the_topic_does(string topic, bool isRead) =>
        Assert.Equal(isRead, new TopicSelection(Options).Contains(topic));

    [Theory]
    [InlineData("news-a.dlq")]
    [InlineData("news-entities")]
    [InlineData("__consumer_offsets")]
    public void No_pattern_reaches_dead_letters_events_and_what_Kafka_keeps_for_itself(string topic)
    {
        var options = Options with { InputTopics = ["^.*"], OutputTopic = "news-entities" };

        Assert.Empty(options.Problems());
        Assert.False(new TopicSelection(options).Contains(topic));
        Assert.All(["news-a", "a.dlq-2", "news-entities-2", "_schemas"], other => Assert.True(new TopicSelection(options).Contains(other)));
        Assert.Equal($"^.+[.]dlq$,^news-entities$,^__,{TooLong}", ClientSettings.Consumer(options)["topic.blacklist"]);
    }

    [Fact]
    public void What_somebody_hides_from_the_consumer_stays_hidden()
    {
        var options = Options with { Consumer = new Dictionary<string, string> { ["topic.blacklist"] = "^news-private" } };

        Assert.Empty(options.Problems());
        Assert.Equal($"^news-private,^.+[.]dlq$,^entities$,^__,{TooLong}", ClientSettings.Consumer(options)["topic.blacklist"]);
    }

    [Fact]
    public void A_topic_whose_name_leaves_no_room_for_that_of_its_dead_letters_is_hidden()
    {
        var selection = new TopicSelection(Options);
        Assert.True(selection.Contains("news-".PadRight(245, 'a')));
        Assert.False(selection.Contains("news-".PadRight(246, 'a')));
        Assert.True(new TopicSelection(Options with { DeadLetterTopic = "dead" }).Contains("news-".PadRight(249, 'a')));
    }

    [Fact]
    public void Topics_that_a_pattern_matches_and_that_are_hidden_for_their_length_are_told_and_no_others()
    {
        var longName = "news-".PadRight(246, 'a');
        string[] topics = ["news-a", "mail".PadRight(249, 'a'), "news-".PadRight(245, 'a') + ".dlq", "__news".PadRight(249, 'a'), longName];

        Assert.Equal([longName], new TopicSelection(Options).TooLong(topics));
        Assert.Empty(new TopicSelection(Options with { DeadLetterTopic = "dead" }).TooLong(topics));
    }

    [Fact]
    public void Names_alone_hide_nothing()
    {
        var options = Options with { InputTopics = ["mail", "old.dlq"] };

        Assert.Empty(options.Problems());
        Assert.DoesNotContain("topic.blacklist", ClientSettings.Consumer(options).Keys);
    }

    [Theory]
    [InlineData("^news-.*")]
    [InlineData("^(news|mail)-[a-z0-9]+$")]
    [InlineData("^news[.][^0-9]{1,3}(a|b)?")]
    [InlineData(@"^news\.a")]
    public void Patterns_that_mean_the_same_to_everybody_are_taken(string pattern) =>
        Assert.Empty((Options with { InputTopics = [pattern] }).Problems());

    [Theory]
    [InlineData(@"^news-\d+", "write [0-9] for a digit")]
    [InlineData("^news-.*?", "a pattern has at most 249 characters")]
    [InlineData("^(?!private).*", "a pattern has")]
    [InlineData("^news-[[:alpha:]]", "a pattern has")]
    [InlineData("^*", "a pattern has")]
    [InlineData("^news-(a", "no regular expression")]
    [InlineData("^news-[z-a]", "no regular expression")]
    public void Patterns_that_would_mean_something_else_to_the_client_are_refused(string pattern, string reason)
    {
        var problem = Assert.Single((Options with { InputTopics = [pattern] }).Problems());

        Assert.Contains($"InputTopics has the pattern '{pattern}', ", problem);
        Assert.Contains(reason, problem);
    }

    [Fact]
    public void A_pattern_of_any_length_is_refused_or_taken_at_once() =>
        Assert.Contains("at most 249 characters",
            Assert.Single((Options with { InputTopics = ["^" + new string('a', 100_000)] }).Problems()));

    [Theory]
    [InlineData("old.dlq")]
    [InlineData("__private")]
    public void A_named_topic_that_a_pattern_would_hide_is_refused(string name) =>
        Assert.Contains($"InputTopics has '{name}', which is named as dead-letter topics are",
            Assert.Single((Options with { InputTopics = [name, "^news-.*"] }).Problems()));

    [Theory]
    [InlineData("{topic}", "entities", "DeadLetterTopic is '{topic}', which is the input topic")]
    [InlineData("dead-{topic}", "dead-x", "DeadLetterTopic may give 'dead-x', which is the output topic")]
    [InlineData("entities", "entities", "DeadLetterTopic may give 'entities', which is the output topic")]
    [InlineData("{topic} dlq", "entities", "DeadLetterTopic gives 'a dlq' for 'a'")]
    public void Dead_letters_of_a_patterns_topics_go_where_nobody_looks_for_something_else(string letters, string output, string reason) =>
        Assert.Contains(reason, Assert.Single(
            (Options with { InputTopics = ["^news-.*"], DeadLetterTopic = letters, OutputTopic = output }).Problems()));

    [Fact]
    public void Where_the_brokers_match_patterns_none_is_taken() =>
        Assert.Contains("needs group.protocol=classic", Assert.Single(
            (Options with { Consumer = new Dictionary<string, string> { ["group.protocol"] = "consumer" } }).Problems()));
}
