using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Spectre.Console;
using StreamNer.Actors;
using StreamNer.Cli.Terminal;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Kafka;

namespace StreamNer.Cli.Commands;

/// <summary><c>streamner tap</c>: the entities of a topic's events as they come, read outside of any group.</summary>
internal sealed class TapCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly CommandTerminal _terminal;
    private readonly ConfigurationArguments _configuration;

    private readonly Option<string?> _topic =
        new("--topic", "-t") { Description = "Topic with entity events. Default: Kafka:OutputTopic.", HelpName = "TOPIC" };

    private readonly Option<bool> _fromBeginning =
        new("--from-beginning", "-b") { Description = "Begin with the oldest event instead of the next one." };

    private readonly Option<string?> _label =
        new("--label", "-l") { Description = "Only entities of this label, and only documents that have one.", HelpName = "LABEL" };

    private readonly Option<int?> _count = new("--count", "-n")
    {
        Description = "End after so many documents. Default: go on until stopped.",
        HelpName = "N",
        CustomParser = argument => OptionValue.Whole<int>(argument),
    };

    private readonly Option<bool> _json = new("--json", "-j") { Description = "The events as they are, one a line." };

    private readonly Option<bool> _uncommitted = TopicArgument.ReadUncommitted();

    private TapCommand(CommandTerminal terminal, Verb verb)
    {
        _terminal = terminal;
        verb.Options.Add(_topic);
        verb.Options.Add(_fromBeginning);
        verb.Options.Add(_label);
        verb.Options.Add(_count);
        verb.Options.Add(_json);
        verb.Options.Add(_uncommitted);
        _configuration = new ConfigurationArguments(verb);
        _count.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var count) && count < 1)
                result.AddError($"--count is {count}, it must be 1 or more");
        });
        verb.SetAction((arguments, stop) => Task.Run(() => Run(arguments, stop), CancellationToken.None));
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CommandTerminal terminal)
    {
        var verb = new Verb(
            "tap",
            "Shows the entities of a topic's events as they come. Reads outside of any consumer group: nothing is committed, nobody's "
                + "share gets smaller. Ctrl+C ends it. Exit code: 4 when broker or topic is missing.",
            "streamner tap",
            "streamner tap --from-beginning --label PER --count 20",
            "streamner tap --json --set Kafka:BootstrapServers=kafka:9092 | jq .entities");
        _ = new TapCommand(terminal, verb);
        return verb;
    }

    private int Run(ParseResult arguments, CancellationToken stop)
    {
        var kafka = TopicArgument.Kafka(_configuration.Read(arguments));
        var topic = arguments.GetValue(_topic) ?? kafka.OutputTopic;
        var (label, json, left) = (arguments.GetValue(_label), arguments.GetValue(_json), arguments.GetValue(_count) ?? int.MaxValue);
        var fromNow = !arguments.GetValue(_fromBeginning);
        using var tail =
            new TopicTail(kafka, [(topic, TopicArgument.Partitions(kafka, topic))], fromNow, arguments.GetValue(_uncommitted));
        _terminal.Error.WriteLine($"streamner: reading {topic} at {kafka.BootstrapServers} "
            + $"{(fromNow ? "from now on" : "from its beginning")}; Ctrl+C ends it");
        while (left > 0 && !stop.IsCancellationRequested)
        {
            if (tail.Next(Patience) is { } entry)
            {
                left -= Show(entry, label, json) ? 1 : 0;
                continue;
            }

            _terminal.Flush();
            _terminal.EnsureReader();
        }

        return ExitCodes.Done;
    }

    /// <returns>Whether there was something to show.</returns>
    private bool Show(TopicEntry entry, string? label, bool json)
    {
        var place = $"{entry.Topic}/{entry.Partition}/{entry.Offset}";
        if (Read(entry.Value) is not { } body)
        {
            _terminal.Error.WriteLine($"streamner: {place} is {(entry.Value is null ? "a tombstone" : "no entity event")}");
            return false;
        }

        var entities =
            body.GetProperty("entities").EnumerateArray().Where(entity => label is null || Text(entity, "label") == label).ToArray();
        if (label is not null && entities.Length == 0)
            return false;

        if (json)
        {
            // As it is for a program; a person's terminal gets no escape sequence of a document's.
            var line = Encoding.UTF8.GetString(entry.Value!).ReplaceLineEndings(" ");
            _terminal.Output.WriteLine(_terminal.OutputIsTerminal ? VisibleText.Of(line, keepLines: false) : line);
            return true;
        }

        var console = _terminal.OutputConsole;
        var shown = new Paragraph { Overflow = Overflow.Fold };
        shown.Append($"{VisibleText.Of(Text(body, "document"), keepLines: false)} ", new Style(decoration: Decoration.Dim));
        if (entities.Length == 0)
            shown.Append(" no entities", new Style(decoration: Decoration.Dim));
        foreach (var entity in entities)
        {
            var score = entity.TryGetProperty("score", out var number) && number.ValueKind == JsonValueKind.Number
                ? number.GetDouble().ToString(" 0.00", CultureInfo.InvariantCulture) : "";
            shown.Append(" ");
            shown.Append($"[{VisibleText.Of(Text(entity, "text"), keepLines: false)} "
                + $"{VisibleText.Of(Text(entity, "label"), keepLines: false)}{score}]", EntityHighlighter.StyleOf(Text(entity, "label")));
        }

        console.Write(shown);
        console.WriteLine();
        return true;
    }

    private static JsonElement? Read(byte[]? value)
    {
        if (value is null || !Utf8.IsValid(value))
            return null;

        try
        {
            using var document = JsonDocument.Parse(value);
            var root = document.RootElement;
            return HasReadableNames(root)
                && root.TryGetProperty("entities", out var entities) && entities.ValueKind == JsonValueKind.Array
                && entities.EnumerateArray().All(HasReadableNames) ? root.Clone() : null;
        }
        catch (Exception other) when (other is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <exception cref="InvalidOperationException">A name holds half of a surrogate pair.</exception>
    private static bool HasReadableNames(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object && element.EnumerateObject().All(property => property.Name is not null);

    private static string Text(JsonElement element, string field)
    {
        if (!element.TryGetProperty(field, out var value) || value.ValueKind != JsonValueKind.String)
            return "";
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // An escape for half of a surrogate pair is JSON and no text: shown as it is written.
            return value.GetRawText();
        }
    }
}
