using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using StreamNer.Actors;
using StreamNer.Cli.Demo;
using StreamNer.Cli.Terminal;
using StreamNer.Embedded;
using StreamNer.Host;
using StreamNer.Host.Configuration;
using StreamNer.Host.Settings;
using StreamNer.Host.Web;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Kafka;

namespace StreamNer.Cli.Commands;

/// <summary><c>streamner demo</c>: broker, service and documents in one process.</summary>
internal sealed class DemoCommand
{
    private const int MaxDocuments = 10_000_000;
    private const int MostRows = 8;
    private const string GroupId = "streamner-demo";
    private const string OutputTopic = "entities";
    private const string DeadLetterTopic = EmbeddedSettings.InputTopic + ".dlq";

    private readonly CommandTerminal _terminal;
    private readonly ConfigurationArguments _configuration;

    private readonly Option<string?> _file = new("--file", "-f")
    {
        Description = "Your own text, UTF-8, a document a line; without it a sample of 200 English paragraphs.",
        HelpName = "FILE",
    };

    private readonly Option<int?> _documents = new("--documents", "-n")
    {
        Description = $"How many documents to send, 1 to {MaxDocuments}: the text is repeated as often as needed. Default: once.",
        HelpName = "N",
        CustomParser = argument => OptionValue.Whole<int>(argument),
    };

    private readonly Option<bool> _keep = new("--keep", "-k")
    {
        Description = "Stay when all are through, with a document every second so "
        + "that the web page has something to show; send your own besides. Ctrl+C ends it."
    };

    private DemoCommand(CommandTerminal terminal, Verb verb)
    {
        _terminal = terminal;
        verb.Options.Add(_file);
        verb.Options.Add(_documents);
        verb.Options.Add(_keep);
        _configuration = new ConfigurationArguments(verb, severalModels: true);
        _documents.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var count) && count is < 1
                or > MaxDocuments)
            {
                result.AddError($"--documents is {count}, it must be between 1 and {MaxDocuments}");
            }

        });
        verb.SetAction(RunAsync);
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CommandTerminal terminal)
    {
        var verb = new Verb(
            "demo",
            "Everything in one process: an embedded broker, the service, and documents whose entities are shown as "
                + "they come. Needs nothing else.",
            "streamner demo",
            "streamner demo --keep",
            "streamner demo --file news.txt --documents 10000",
            "streamner demo --model /models/bert-base-NER");
        _ = new DemoCommand(terminal, verb);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var documents = await DemoDocuments.ReadAsync(arguments.GetValue(_file), stop);
        var count = arguments.GetValue(_documents) ?? documents.Count;
        var keep = arguments.GetValue(_keep);

        using var broker = EmbeddedBroker.Start();

        // Nobody else is in this group: nothing to wait for before its partitions are handed out.
        broker.Mock?.SetInitialRebalanceDelay(TimeSpan.Zero);
        foreach (var topic in new[] { EmbeddedSettings.InputTopic, OutputTopic, DeadLetterTopic })
            broker.CreateTopic(topic, EmbeddedBroker.DefaultPartitions);

        var plan = ServicePlan.Make(Settings(arguments, broker));
        await using var service = await Service.StartAsync(plan, stop);
        Announce(plan, service, count, keep);

        using var run = new DemoRun(service, plan.Settings.Kafka, documents, count, TimeProvider.System);
        try
        {
            await FollowAsync(run, documents.Count, keep, stop);
        }
        catch (OperationCanceledException) when (keep && run.Score.IsComplete)
        {
            // Asked to stay until stopped, and stopped: that is the end it was meant to have.
        }
        finally
        {
            Summarise(run.Score);
        }

        return await service.StopAsync() is var code && code != ExitCodes.Done ? code : run.Score.IsComplete ? ExitCodes.Done
            : ExitCodes.Failed;
    }

    private IConfiguration Settings(ParseResult arguments, EmbeddedBroker broker)
    {
        // Whatever the configuration says of a real cluster does not hold here. Logs would break the display: only what needs a person.
        // The documents are samples, or the user's own: the live view may show them.
        var written = _configuration.Read(
            arguments,
            $"{LoggingOptions.Section}:{nameof(LoggingOptions.Level)}={LogLevel.Warning}",
            $"{WebOptions.Section}:{nameof(WebOptions.ShowText)}=true");
        List<(string, string)> demo =
        [
            ($"{KafkaOptions.Section}:{nameof(KafkaOptions.GroupId)}", GroupId),
            ($"{KafkaOptions.Section}:{nameof(KafkaOptions.InputTopics)}", EmbeddedSettings.InputTopic),
            ($"{KafkaOptions.Section}:{nameof(KafkaOptions.OutputTopic)}", OutputTopic),
            ($"{KafkaOptions.Section}:{nameof(KafkaOptions.DeadLetterTopic)}", DeadLetterTopic),
        ];

        var web = ProductSettings.Bind(CheckedConfiguration.Of(written)).Web;
        if (!FreePort.IsFree(web))
        {
            _terminal.Error.WriteLine($"streamner: something else listens at {web.Url} already, taking another port");
            demo.Add(($"{WebOptions.Section}:{nameof(WebOptions.Url)}", "http://127.0.0.1:0"));
        }

        return EmbeddedSettings.Over(written, broker, [.. demo]);
    }

    private async Task FollowAsync(DemoRun run, int shown, bool keep, CancellationToken stop)
    {
        if (!_terminal.OutputIsTerminal)
        {
            await run.FollowAsync(new DemoLines(_terminal.Output, shown), keep, stop);
            return;
        }

        var console = _terminal.OutputConsole;
        var rows = Math.Clamp((console.Profile.Height - 8) / 4, 1, MostRows);
        await console.Live(Text.Empty).Overflow(VerticalOverflow.Crop).Cropping(VerticalOverflowCropping.Top)
            .StartAsync(context => run.FollowAsync(new DemoLive(context, rows, TimeProvider.System), keep, stop));
    }

    private void Announce(ServicePlan plan, Service service, int count, bool keep)
    {
        var (console, kafka) = (_terminal.OutputConsole, plan.Settings.Kafka);
        var address = kafka.BootstrapServers;
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"StreamNer demo: {count:N0} {(count == 1 ? "document" : "documents")} through Kafka and the model "
                + $"{plan.Model.Name} ({plan.Model.Hash})"));
        Line("broker", $"{address}, embedded in this process: for trying out and tests, not for production (in memory, 5 MiB a partition)");
        Line("events", $"kcat -b {address} -C -t {kafka.OutputTopic}");
        Line("join in", $"echo 'Ada Lovelace met Charles Babbage in London' | kcat -b {address} -P -t {kafka.InputTopics[0]}");
        Line("web page", $"{service.Address}  {(keep ? "stays open until Ctrl+C" : "while the demo runs; --keep leaves it open")}");
        console.WriteLine();

        void Line(string name, string value)
        {
            console.Write(new Text($"  {name,-9}", new Style(decoration: Decoration.Bold)));
            console.WriteLine(value);
        }
    }

    private void Summarise(DemoScore score)
    {
        var console = _terminal.OutputConsole;
        console.WriteLine();
        var labels = string.Join(", ", score.Labels.OrderByDescending(label => label.Value)
            .Select(label => string.Create(CultureInfo.InvariantCulture, $"{VisibleText.Of(label.Key)} {label.Value:N0}")));
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{score.Through:N0} of {score.Expected:N0} documents came through in {score.Elapsed.TotalSeconds:N1} s, {score.Rate:N0} "
                + $"documents/s, {score.DeadLetters:N0} dead letters"));
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{score.Entities:N0} entities: {labels}"));
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"latency from sent to event seen: p50 {score.Latency(0.5):N0} ms, p95 {score.Latency(0.95):N0} ms, p99 "
                + $"{score.Latency(0.99):N0} ms, with up to {DemoRun.MaxOnTheirWay} on their way at once"));
    }
}
