using System.CommandLine;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using StreamNer.Actors;
using StreamNer.Cli.Terminal;
using StreamNer.Host.Configuration;
using StreamNer.Inference.Domain;
using StreamNer.Streams.DeadLetters;
using StreamNer.Streams.Kafka;

namespace StreamNer.Cli.Commands;

/// <summary><c>streamner dlq list</c> and <c>streamner dlq replay</c>: what failed, and another try for it.</summary>
internal sealed class DlqCommand
{
    private const int DefaultMost = 1000;
    private const int ShownValueChars = 200;

    private readonly CommandTerminal _terminal;
    private readonly ConfigurationArguments _configuration;
    private readonly bool _replays;

    private readonly Option<string?> _topic =
        new("--topic", "-t") { Description = "Dead-letter topic. Default: those of all configured input topics.", HelpName = "TOPIC" };

    private readonly Option<string?> _stage =
        new("--stage") { Description = $"Only letters of this stage: {string.Join(", ", DeadLetter.Stages)}.", HelpName = "STAGE" };

    private readonly Option<string?> _code =
        new("--code") { Description = $"Only letters of this code: {string.Join(", ", DeadLetter.Codes)}.", HelpName = "CODE" };

    private readonly Option<int> _max = new("--max", "-n")
    {
        Description = $"Letters at most, of each topic. Default: {DefaultMost}.",
        HelpName = "N",
        CustomParser = OptionValue.Whole<int>,
        DefaultValueFactory = _ => DefaultMost
    };

    private readonly Option<bool> _showValue = new("--show-value")
    {
        Description = $"Print the beginning of each value too, {ShownValueChars} characters: it is the content of the message."
    };

    private readonly Option<bool> _count = new("--count") { Description = "Only how many there are, by stage and code." };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Print what would be sent; send and note nothing." };

    private readonly Option<bool> _uncommitted = TopicArgument.ReadUncommitted();

    private DlqCommand(CommandTerminal terminal, Verb verb, bool replays)
    {
        _terminal = terminal;
        _replays = replays;
        foreach (var option in new Option[] { _topic, _stage, _code, _max, _showValue, _uncommitted, replays ? _dryRun : _count })
            verb.Options.Add(option);
        _configuration = new ConfigurationArguments(verb);
        OneOf(_stage, DeadLetter.Stages);
        OneOf(_code, DeadLetter.Codes);
        _max.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var most) && most < 1)
                result.AddError($"--max is {most}, it must be 1 or more");
        });
        verb.SetAction((arguments, stop) => Task.Run(() => RunAsync(arguments, stop), CancellationToken.None));
    }

    /// <summary>Makes the verb with its two subcommands.</summary>
    public static Command Create(CommandTerminal terminal)
    {
        var list = new Verb(
            "list",
            "Lists dead letters with place, stage, code and reason. The content of messages is not printed unless asked for. Exit code: 4 "
                + "when broker or topic is missing.",
            "streamner dlq list",
            "streamner dlq list --count",
            "streamner dlq list --code invalid_json --show-value");
        var replay = new Verb(
            "replay",
            "Sends dead letters back to the topic they came from, with key, value and their own headers. What was sent is noted in a "
                + "consumer group for each code, so that it is not sent again; a replay that is killed may send up to 100 letters twice. "
                + "Exit code: 1 when the broker refused some.",
            "streamner dlq replay --dry-run",
            "streamner dlq replay --code inference_failed --max 100",
            "streamner dlq replay --topic news.dlq");
        _ = new DlqCommand(terminal, list, replays: false);
        _ = new DlqCommand(terminal, replay, replays: true);
        return new Verb("dlq", "Lists dead letters, or sends them back for another try.", [.. list.Examples, .. replay.Examples]) {
            list, replay };
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var kafka = TopicArgument.Kafka(_configuration.Read(arguments));
        var filter = new DeadLetterFilter(arguments.GetValue(_stage), arguments.GetValue(_code));
        var given = arguments.GetValue(_topic);
        var topics = given is not null ? [given] : TopicArgument.DeadLetterTopics(kafka);
        if (topics.Count == 0)
            throw new ConfigurationException([$"{KafkaOptions.Section}:InputTopics is empty: set it, or name a topic with --topic"]);

        var code = ExitCodes.Done;
        foreach (var topic in topics)
        {
            var letters = new DeadLetterTopic(kafka, topic, TopicArgument.Partitions(kafka, topic), arguments.GetValue(_uncommitted));
            if (_replays)
                code = Math.Max(code, await ReplayAsync(kafka, letters, topic, filter, arguments, stop));
            else if (arguments.GetValue(_count))
                Count(letters, topic, filter, stop);
            else
                List(letters, topic, filter, arguments, stop);
        }

        return code;
    }

    private void Count(DeadLetterTopic letters, string topic, DeadLetterFilter filter, CancellationToken stop)
    {
        var kinds = letters.Letters(stop).Where(filter.Matches).CountBy(letter => (letter.Stage, letter.Code))
            .OrderByDescending(kind => kind.Value).ToArray();
        _terminal.OutputConsole.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{topic}: {kinds.Sum(kind => kind.Value):N0} dead letters"));
        foreach (var ((stage, code), count) in kinds)
            _terminal.OutputConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {count,10:N0}  {stage,-9} {code}"));
    }

    private void List(DeadLetterTopic letters, string topic, DeadLetterFilter filter, ParseResult arguments, CancellationToken stop)
    {
        var (max, shown, all) = (arguments.GetValue(_max), 0, 0);
        foreach (var letter in letters.Letters(stop).Where(filter.Matches))
        {
            all++;
            if (shown == max)
                continue;

            shown++;
            Tell(letter, arguments.GetValue(_showValue));
        }

        _terminal.Flush();
        _terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"streamner: {topic} has {all:N0} dead "
            + $"letters{(filter == new DeadLetterFilter(null, null) ? "" : " of this kind")}"
            + $"{(all > shown ? $", of which {shown:N0} are shown; --max shows more" : "")}"));
    }

    private async Task<int> ReplayAsync(KafkaOptions kafka, DeadLetterTopic letters, string topic, DeadLetterFilter filter,
        ParseResult arguments, CancellationToken stop)
    {
        var dryRun = arguments.GetValue(_dryRun);
        using var producer = dryRun ? null : new BatchProducer(kafka, NullLogger.Instance);
        var outcome = await letters.ReplayAsync(
            producer, filter, arguments.GetValue(_max), letter =>
            {
                if (dryRun || arguments.GetValue(_showValue))
                    Tell(letter, arguments.GetValue(_showValue));
            },
            stop);

        _terminal.OutputConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{topic}: {outcome.Sent:N0} "
            + $"{(dryRun ? "would be sent" : "sent")} back"));
        Line(outcome.SentBefore, "were sent back by an earlier replay");
        Line(outcome.Filtered, "are of another stage or code");
        Line(outcome.Foreign, "name none of Kafka:InputTopics as their topic; add it there to have them sent");
        Line(outcome.WithoutValue, "have no value, which was too large for this topic; it stands in the input topic at "
            + "the place that the letter names");
        Line(outcome.Refused, "were refused by the broker and are passed over");
        if (outcome.MoreLeft)
            _terminal.OutputConsole.WriteLine("  more are left: --max sends more, or call it again");
        _terminal.Flush();
        return outcome.Refused > 0 ? ExitCodes.Failed : ExitCodes.Done;

        void Line(int count, string what)
        {
            if (count > 0)
                _terminal.OutputConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {count,10:N0}  {what}"));
        }
    }

    private void Tell(DeadLetter letter, bool showValue)
    {
        var (console, entry) = (_terminal.OutputConsole, letter.Entry);
        console.Write(new Text(Safe($"{entry.Topic}/{entry.Partition}/{entry.Offset}"), new Style(decoration: Decoration.Dim)));
        console.Write(new Text($"  {letter.Stage} "));
        console.Write(new Text(letter.Code, new Style(Color.Red, decoration: Decoration.Bold)));
        console.WriteLine(Safe($"  from {letter.Topic ?? "unknown"}/{letter.Partition}/{letter.Offset} after {letter.Attempts} "
            + $"{(letter.Attempts == 1 ? "attempt" : "attempts")}: {letter.Message}"));
        if (showValue)
        {
            var value = entry.Value is null ? "no value" : Encoding.UTF8.GetString(entry.Value);
            console.WriteLine($"    {Safe(value.Length > ShownValueChars ? value[..ShownValueChars] + "..." : value)}");
        }
    }

    private static string Safe(string text) => VisibleText.Of(text, keepLines: false);

    private static void OneOf(Option<string?> option, IReadOnlyList<string> known) => option.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && !known.Contains(token.Value))
        {
            result.AddError($"{option.Name} is '{token.Value}', it must be one of "
                + $"{string.Join(", ", known)}{(NearMatch.Of(token.Value, known) is { } meant ? $"; did you mean {meant}?" : "")}");
        }

    });
}
