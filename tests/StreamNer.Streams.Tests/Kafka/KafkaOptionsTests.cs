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

    [Theory]
    [InlineData("kafka:9092", true)]
    [InlineData("kafka", true)]
    [InlineData("a:1, b:65535,", true)]
    [InlineData("SASL_SSL://kafka:9092", true)]
    [InlineData("[::1]:9092", true)]
    [InlineData("[::1]", true)]
    [InlineData("kafka:74628", false)]
    [InlineData("a:1,kafka:0", false)]
    [InlineData("kafka:", false)]
    [InlineData("kafka:-1", false)]
    [InlineData(":9092", false)]
    public void A_broker_is_a_host_and_a_port_that_there_is(string servers, bool isTaken)
    {
        var problems = (Good with { BootstrapServers = servers }).Problems().ToArray();

        Assert.Equal(isTaken ? 0 : 1, problems.Length);
        Assert.All(problems, problem => Assert.Contains("it must be a host and a port from 1 to 65535", problem, StringComparison.Ordinal));
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

    [Fact]
    public void Exactly_once_is_refused_at_the_embedded_broker() =>
        Assert.Contains("the embedded broker keeps no transactions",
            Problem(Good with { Delivery = DeliveryGuarantee.ExactlyOnce, Broker = BrokerKind.Embedded }), StringComparison.Ordinal);

    [Fact]
    public void Exactly_once_is_taken_with_a_cluster() => Assert.Empty((Good with { Delivery = DeliveryGuarantee.ExactlyOnce }).Problems());

    [Fact]
    public void Exactly_once_is_refused_to_one_who_reads_what_is_not_committed() =>
        Assert.Contains("isolation.level is 'read_uncommitted', it must be 'read_committed'", Problem(Good with
        {
            Delivery = DeliveryGuarantee.ExactlyOnce,
            Consumer = new Dictionary<string, string> { ["isolation.level"] = "read_uncommitted" },
        }), StringComparison.Ordinal);

    [Fact]
    public void At_least_once_may_read_what_is_not_committed() => Assert.Empty(
        (Good with { Consumer = new Dictionary<string, string> { ["isolation.level"] = "read_uncommitted" } }).Problems());

    [Theory]
    [InlineData("transactional.id", "StreamNer:Kafka:Transaction:Id")]
    [InlineData("transaction.timeout.ms", "StreamNer:Kafka:Transaction:Timeout")]
    public void What_belongs_to_transactions_is_refused_among_the_producers_settings_with_its_place(string key, string place) =>
        Assert.Contains(place, Problem(Good with { Producer = new Dictionary<string, string> { [key] = "1" } }), StringComparison.Ordinal);

    [Fact]
    public void Senseless_transactions_are_refused_each_with_its_value()
    {
        var problem = Problem(Good with
        {
            Transaction = new TransactionOptions { Id = "", MaxRecords = 0, Interval = TimeSpan.Zero, Timeout = TimeSpan.FromHours(1) },
        });
        Assert.Contains("Transaction:Id is ''", problem, StringComparison.Ordinal);
        Assert.Contains("Transaction:MaxRecords is 0", problem, StringComparison.Ordinal);
        Assert.Contains("Transaction:Interval is 00:00:00", problem, StringComparison.Ordinal);
        Assert.Contains("Transaction:Timeout is 01:00:00", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interval_that_the_brokers_would_not_wait_for_is_refused() =>
        Assert.Contains("must not be more than a third", Problem(Good with
        {
            Transaction = new TransactionOptions { Interval = TimeSpan.FromSeconds(6) },
        }), StringComparison.Ordinal);

    private static string Problem(KafkaOptions options) => string.Join("; ", options.Problems());
}
