using System.Text;
using Confluent.Kafka;
using StreamNer.Actors;
using StreamNer.Embedded;
using StreamNer.Streams.Kafka;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Cli.Tests.Commands;

public sealed class DlqCommandTests : IDisposable
{
    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();

    public DlqCommandTests()
    {
        _broker.CreateTopic("documents", 1);
        _broker.CreateTopic("documents.dlq", 1);
    }

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task The_list_tells_place_and_reason_and_not_the_value()
    {
        Write("Sarah is secret", "invalid_json");

        var terminal = await DlqAsync("list");
        Assert.Equal("documents.dlq/0/0  read invalid_json  from documents/3/42 after 2 attempts: it is␛[31m broken\n", terminal.Output);
        Assert.Contains("documents.dlq has 1 dead letters", terminal.Error);

        Assert.Contains("    Sarah is secret\n", (await DlqAsync("list", "--show-value")).Output);
    }

    [Fact]
    public async Task The_list_ends_at_its_limit_and_says_that_there_is_more()
    {
        Write("a", "invalid_json");
        Write("b", "invalid_json");

        var terminal = await DlqAsync("list", "--max", "1");
        Assert.Single(terminal.Output.TrimEnd().Split('\n'));
        Assert.Contains("has 2 dead letters, of which 1 are shown; --max shows more", terminal.Error);
    }

    [Fact]
    public async Task Letters_are_counted_by_stage_and_code_and_what_is_no_code_of_ours_is_unknown()
    {
        Write("a", "invalid_json");
        Write("b", "invalid_json");
        Write("c", "text_missing");
        Write("d", "forged\u001b[31m");

        Assert.Equal(
            "documents.dlq: 4 dead letters\n           2  read      invalid_json\n           1  read      text_missing\n    "
                + "       1  read      unknown\n",
            (await DlqAsync("list", "--count")).Output);
    }

    [Fact]
    public async Task A_replay_sends_key_value_and_own_headers_and_sends_nothing_a_second_time()
    {
        Write("a", "invalid_json");
        Write("b", "text_missing");

        Assert.StartsWith("documents.dlq: 2 sent back\n", (await DlqAsync("replay")).Output);
        Assert.Equal("documents.dlq: 0 sent back\n           2  were sent back by an earlier replay\n", (await DlqAsync("replay")).Output);

        var sent = Sent(2);
        Assert.Equal(["a", "b"], sent.Select(record => Encoding.UTF8.GetString(record.Value!)));
        Assert.All(sent, record => Assert.Equal("the-key", record.Key));
        Assert.All(sent, record => Assert.Equal(["content-type", "traceparent"], record.Headers.Keys.Order()));
    }

    [Fact]
    public async Task A_replay_of_one_code_leaves_the_others_to_a_later_one()
    {
        Write("a", "invalid_json");
        Write("b", "text_missing");
        Write("c", "invalid_json");

        Assert.StartsWith("documents.dlq: 1 sent back\n           2  are of another stage or code\n",
            (await DlqAsync("replay", "--code", "text_missing")).Output);
        Assert.StartsWith("documents.dlq: 2 sent back\n           1  were sent back by an earlier replay\n",
            (await DlqAsync("replay")).Output);
        Assert.Equal(["b", "a", "c"], Sent(3).Select(record => Encoding.UTF8.GetString(record.Value!)));
    }

    [Fact]
    public async Task A_replay_sends_no_more_than_it_may_and_goes_on_there_the_next_time()
    {
        for (var i = 0; i < 5; i++)
            Write($"{i}", "invalid_json");

        Assert.Contains("more are left", (await DlqAsync("replay", "--max", "3")).Output);
        Assert.StartsWith("documents.dlq: 2 sent back\n           3  were sent back by an earlier replay\n",
            (await DlqAsync("replay", "--max", "3")).Output);
        Assert.Equal(["0", "1", "2", "3", "4"], Sent(5).Select(record => Encoding.UTF8.GetString(record.Value!)));
    }

    [Fact]
    public async Task A_dry_run_tells_what_it_would_send_and_sends_and_notes_nothing()
    {
        Write("Sarah is secret", "invalid_json");

        var terminal = await DlqAsync("replay", "--dry-run");
        Assert.Contains("documents.dlq/0/0  read invalid_json", terminal.Output);
        Assert.Contains("1 would be sent back", terminal.Output);
        Assert.DoesNotContain("secret", terminal.Output);
        Assert.Contains("documents.dlq: 1 sent back", (await DlqAsync("replay")).Output);
        Assert.Single(Sent(1));
    }

    [Fact]
    public async Task What_names_another_topic_or_lost_its_value_is_not_sent()
    {
        Write("a", "invalid_json", ("__streams.errors.topic", "payroll"));
        Write("b", "invalid_json", ("streamner.errors.value_bytes", "5000000"));
        Write("c", "invalid_json");

        var output = (await DlqAsync("replay")).Output;
        Assert.StartsWith("documents.dlq: 1 sent back\n", output);
        Assert.Contains("1  name none of Kafka:InputTopics", output);
        Assert.Contains("1  have no value", output);
        Assert.Equal("c", Encoding.UTF8.GetString(Sent(1)[0].Value!));

        // The offsets have passed them, but they were not sent before.
        var again = (await DlqAsync("replay")).Output;
        Assert.Contains("1  were sent back by an earlier replay", again);
        Assert.Contains("1  name none of Kafka:InputTopics", again);
        Assert.Contains("1  have no value", again);
        Assert.Equal(0, TopicProbe.CountPartitions(new KafkaOptions { BootstrapServers = _broker.BootstrapServers }, "payroll",
            TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [InlineData("replay", "--code", "invalid_jsn", "did you mean invalid_json?")]
    [InlineData("list", "--stage", "reed", "did you mean read?")]
    [InlineData("replay", "--max", "0", "it must be 1 or more")]
    public async Task Senseless_options_are_usage_errors(string verb, string option, string value, string way)
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("dlq", verb, option, value));
        Assert.Contains(way, terminal.Error);
        Assert.Contains($"Try 'streamner dlq {verb} --help'.", terminal.Error);
    }

    [Fact]
    public async Task A_topic_that_does_not_exist_ends_with_the_code_of_the_broker() =>
        Assert.Equal(ExitCodes.Broker, await new TestTerminal()
            .RunAsync("dlq", "list", "--topic", "none", "--set", $"Kafka:BootstrapServers={_broker.BootstrapServers}"));

    private async Task<TestTerminal> DlqAsync(params string[] arguments)
    {
        var terminal = new TestTerminal();
        Assert.Equal(
            ExitCodes.Done, await terminal.RunAsync(["dlq", .. arguments, "--set", $"Kafka:BootstrapServers={_broker.BootstrapServers}"]));
        return terminal;
    }

    private IReadOnlyList<TestRecord> Sent(int count)
    {
        using var reader = new TopicReader(_broker.BootstrapServers, "documents");
        var sent = reader.Read(count);
        Assert.Empty(reader.ReadRest());
        return sent;
    }

    private void Write(string value, string code, params (string Key, string Value)[] more)
    {
        var headers = new Headers();
        foreach (var (key, text) in ((string Key, string Value)[])
            [
                ("content-type", "text/plain"), ("traceparent", "00-ab"), ("__streams.errors.exception", "StreamNer.Read.X"),
                    ("__streams.errors.message", "it is\u001b[31m broken"),
                ("__streams.errors.topic", "documents"), ("__streams.errors.partition", "3"), ("__streams.errors.offset", "42"),
                ("streamner.errors.stage", "read"), ("streamner.errors.code", code), ("streamner.errors.attempts", "2"), .. more,
            ])
        {
            headers.Add(key, Encoding.UTF8.GetBytes(text));
        }

        using var writer = new TopicWriter(_broker.BootstrapServers, "documents.dlq");
        writer.Write("the-key", value, headers: headers);
        writer.Flush();
    }
}
