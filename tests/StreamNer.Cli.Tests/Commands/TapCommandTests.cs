using System.Text;
using System.Text.Json;
using StreamNer.Actors;
using StreamNer.Embedded;
using StreamNer.Streams.Kafka;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Cli.Tests.Commands;

public sealed class TapCommandTests : IDisposable
{
    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();
    private readonly TestTerminal _terminal = new();

    public TapCommandTests() => _broker.CreateTopic("entities", 1);

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task Entities_of_past_events_are_shown_with_label_and_score()
    {
        Write("""{"document":"news/0/1","entities":[{"text":"John Lenon","label":"PER","score":0.987},{"text":"London","label":"LOC","score":0.5}]}""", """{"document":"news/0/2","entities":[]}""");

        Assert.Equal(ExitCodes.Done, await TapAsync("--from-beginning", "--count", "2"));
        Assert.Equal("news/0/1  [John Lenon PER 0.99] [London LOC 0.50]\nnews/0/2  no entities\n", _terminal.Output);
    }

    [Fact]
    public async Task Only_documents_with_the_label_count_and_only_their_entities_of_it_are_shown()
    {
        Write(
            """{"document":"1","entities":[{"text":"London","label":"LOC","score":1}]}""",
            """{"document":"2","entities":[{"text":"London","label":"LOC","score":1},{"text":"Ann","label":"PER","score":1}]}""");

        Assert.Equal(ExitCodes.Done, await TapAsync("-b", "--label", "PER", "--count", "1"));
        Assert.Equal("2  [Ann PER 1.00]\n", _terminal.Output);
    }

    [Fact]
    public async Task Json_gives_the_events_as_they_are()
    {
        const string Event = """{"document":"1","entities":[{"text":"é \u001b[31m","label":"LOC","score":1}]}""";
        Write(Event);

        Assert.Equal(ExitCodes.Done, await TapAsync("-b", "-n", "1", "--json"));
        Assert.Equal(Event + "\n", _terminal.Output);
        Assert.Equal("1", JsonDocument.Parse(_terminal.Output).RootElement.GetProperty("document").GetString());
    }

    [Fact]
    public async Task No_escape_sequence_of_a_document_reaches_the_terminal()
    {
        Write("""{"document":"a\u001b[2J","entities":[{"text":"x\u001b[31m\ny","label":"P\u001bX","score":1}]}""");

        Assert.Equal(ExitCodes.Done, await TapAsync("-b", "-n", "1"));
        Assert.Equal("a␛[2J  [x␛[31m␊y P␛X 1.00]\n", _terminal.Output);
    }

    [Fact]
    public async Task What_is_no_event_is_told_and_passed_over()
    {
        Write("no json", """{"entities":[1]}""", """{"document":"1","entities":[]}""");

        Assert.Equal(ExitCodes.Done, await TapAsync("-b", "-n", "1"));
        Assert.Contains("entities/0/1 is no entity event", _terminal.Error);
        Assert.Equal("1  no entities\n", _terminal.Output);
    }

    [Fact]
    public async Task Half_of_a_surrogate_pair_is_shown_as_it_is_written()
    {
        Write("""{"document":"\ud800","entities":[{"text":"a\udc00","label":"X","score":1}]}""");

        Assert.Equal(ExitCodes.Done, await TapAsync("-b", "-n", "1"));
        Assert.Equal(""" "\ud800"  ["a\udc00" X 1.00]""".TrimStart() + "\n", _terminal.Output);
    }

    [Theory]
    [InlineData("{\"document\":\"\u00FF\",\"entities\":[]}")]
    [InlineData("{\"entities\":[],\"\\ud800xyz\":1}")]
    [InlineData("{\"entities\":[{\"\\ud800xyz\":1}]}")]
    public async Task A_record_that_is_no_text_is_told_and_the_next_one_is_shown(string latin1)
    {
        using (var writer = new TopicWriter(_broker.BootstrapServers, "entities"))
        {
            writer.Write(null, Encoding.Latin1.GetBytes(latin1));
            writer.Flush();
        }

        Write("""{"document":"good","entities":[]}""");

        Assert.Equal(ExitCodes.Done, await TapAsync("-b", "-n", "1"));
        Assert.Contains("is no entity event", _terminal.Error);
        Assert.StartsWith("good", _terminal.Output);
    }

    [Fact]
    public async Task Without_a_count_it_goes_on_until_it_is_stopped()
    {
        using var stop = new CancellationTokenSource();
        Write("""{"document":"1","entities":[]}""");
        var running = _terminal.RunAsync(stop.Token, "tap", "-b", "--set", $"Kafka:BootstrapServers={_broker.BootstrapServers}");

        await _terminal.OutputHasAsync(output => output.Contains("no entities", StringComparison.Ordinal));
        Assert.False(running.IsCompleted);
        await stop.CancelAsync();

        Assert.Equal(ExitCodes.Done, await running);
    }

    [Fact]
    public async Task A_topic_that_does_not_exist_is_told_and_not_made()
    {
        Assert.Equal(ExitCodes.Broker, await TapAsync("--topic", "none"));
        Assert.Contains("has no topic 'none'", _terminal.Error);
        Assert.Equal(0,
            TopicProbe.CountPartitions(new KafkaOptions { BootstrapServers = _broker.BootstrapServers }, "none", TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_misspelt_setting_is_told_and_not_passed_over()
    {
        Assert.Equal(ExitCodes.Usage, await TapAsync("--set", "Kafak:X=1"));
        Assert.Contains("did you mean Kafka?", _terminal.Error);
    }

    [Fact]
    public async Task A_senseless_count_is_a_usage_error() => Assert.Equal(ExitCodes.Usage, await TapAsync("--count", "0"));

    private Task<int> TapAsync(params string[] arguments) =>
        _terminal.RunAsync(["tap", .. arguments, "--set", $"Kafka:BootstrapServers={_broker.BootstrapServers}"]);

    private void Write(params string[] events)
    {
        using var writer = new TopicWriter(_broker.BootstrapServers, "entities");
        foreach (var one in events)
            writer.Write(null, one);
        writer.Flush();
    }
}
