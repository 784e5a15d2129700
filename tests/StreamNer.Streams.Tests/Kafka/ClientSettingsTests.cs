using StreamNer.Streams.Kafka;

namespace StreamNer.Streams.Tests.Kafka;

public sealed class ClientSettingsTests
{
    private static readonly KafkaOptions Options = new() { BootstrapServers = "localhost:1", InputTopics = ["news"] };

    [Fact]
    public void The_guarantees_are_in_the_settings()
    {
        var consumer = ClientSettings.Consumer(Options);
        var producer = ClientSettings.Producer(Options);

        Assert.Equal("false", consumer["enable.auto.offset.store"]);
        Assert.Equal("true", consumer["enable.auto.commit"]);
        Assert.Equal("true", producer["enable.idempotence"]);
        Assert.Equal("all", producer["acks"]);
    }

    [Fact]
    public void The_users_settings_win_over_our_defaults_and_the_clients_own_over_the_common_ones()
    {
        var options = Options with
        {
            Client = new Dictionary<string, string> { ["linger.ms"] = "1", ["security.protocol"] = "ssl" },
            Producer = new Dictionary<string, string> { ["linger.ms"] = "50" },
        };

        Assert.Equal("50", ClientSettings.Producer(options)["linger.ms"]);
        Assert.Equal("ssl", ClientSettings.Consumer(options)["security.protocol"]);
    }

    [Theory]
    [InlineData("enable.auto.offset.store", "true")]
    [InlineData("enable.auto.commit", "false")]
    [InlineData("group.id", "mine")]
    [InlineData("bootstrap.servers", "elsewhere:9092")]
    public void A_consumer_setting_that_breaks_the_guarantees_is_refused_by_name(string key, string value)
    {
        var problem = Assert.Single(ClientSettings.Problems(Options with { Consumer = new Dictionary<string, string> { [key] = value } }));

        Assert.Contains($"StreamNer:Kafka:Consumer:{key}", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("acks", "1")]
    [InlineData("request.required.acks", "0")]
    [InlineData("enable.idempotence", "false")]
    [InlineData("transactional.id", "t")]
    [InlineData("test.mock.num.brokers", "1")]
    public void A_producer_setting_that_breaks_the_guarantees_is_refused_by_name(string key, string value)
    {
        var problem = Assert.Single(ClientSettings.Problems(Options with { Producer = new Dictionary<string, string> { [key] = value } }));

        Assert.Contains($"StreamNer:Kafka:Producer:{key}", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("acks", "-1")]
    [InlineData("enable.idempotence", "TRUE")]
    [InlineData("compression.type", "zstd")]
    public void A_setting_that_changes_nothing_or_is_free_is_taken(string key, string value) =>
        Assert.Empty(ClientSettings.Problems(Options with { Producer = new Dictionary<string, string> { [key] = value } }));

    [Theory]
    [InlineData("no.such.setting", "1", "no.such.setting")]
    [InlineData("compression.type", "best", "\"best\"")]
    public void What_librdkafka_does_not_take_is_refused_before_the_start(string key, string value, string named)
    {
        var problem = Assert.Single(ClientSettings.Problems(Options with { Producer = new Dictionary<string, string> { [key] = value } }));

        Assert.Contains(named, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_broker_side_group_protocol_gets_none_of_the_classic_settings()
    {
        var options =
            Options with { Broker = BrokerKind.Embedded, Consumer = new Dictionary<string, string> { ["group.protocol"] = "consumer" } };

        Assert.Empty(ClientSettings.Problems(options));
        Assert.DoesNotContain("partition.assignment.strategy", ClientSettings.Consumer(options));
        Assert.DoesNotContain("session.timeout.ms", ClientSettings.Consumer(options));
    }

    [Fact]
    public void A_member_without_a_name_is_missed_soon_and_one_with_a_name_may_take_its_time_to_come_back()
    {
        Dictionary<string, string> name = new() { ["group.instance.id"] = "a" }, soon = new() { ["session.timeout.ms"] = "7000" };

        Assert.Equal("8000", ClientSettings.Consumer(Options)["session.timeout.ms"]);
        Assert.Equal(("a", "45000"), Named(ClientSettings.Consumer(Options, "a")));
        Assert.Equal(("a", "45000"), Named(ClientSettings.Consumer(Options with { Consumer = name })));
        Assert.Equal(("a", "7000"), Named(ClientSettings.Consumer(Options with { Consumer = soon }, "a")));
        Assert.Equal(("a", "6000"), Named(ClientSettings.Consumer(Options with { Broker = BrokerKind.Embedded }, "a")));

        static (string, string) Named(Dictionary<string, string> settings) =>
            (settings["group.instance.id"], settings["session.timeout.ms"]);
    }

    [Fact]
    public void The_embedded_broker_has_a_session_timeout_of_its_own()
    {
        Assert.Equal(TimeSpan.FromSeconds(8), ClientSettings.SessionTimeout(Options));
        Assert.Equal(TimeSpan.FromSeconds(6), ClientSettings.SessionTimeout(Options with { Broker = BrokerKind.Embedded }));
    }
}
