using System.CommandLine;
using System.Globalization;
using StreamNer.Actors;
using StreamNer.Cli.Terminal;
using StreamNer.Embedded;
using StreamNer.Streams.Kafka;

namespace StreamNer.Cli.Commands;

/// <summary>
/// <c>streamner broker</c>: the embedded broker in a process of its own, so that the service can be stopped and started while it stays.
/// </summary>
internal sealed class BrokerCommand
{
    private const int MaxPartitions = 1000;

    private readonly CommandTerminal _terminal;

    private readonly Option<string[]> _topics = new("--topics", "-t")
    {
        Description = $"Topics to make, separated by commas: NAME or NAME:PARTITIONS ({EmbeddedBroker.DefaultPartitions} by default). "
            + $"Others are made when somebody writes to them.",
        HelpName = "NAME:PARTITIONS,...",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Only the address, on one line of standard output." };

    private BrokerCommand(CommandTerminal terminal, Verb verb)
    {
        _terminal = terminal;
        verb.Options.Add(_topics);
        verb.Options.Add(_quiet);
        verb.SetAction(RunAsync);
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CommandTerminal terminal)
    {
        var verb = new Verb(
            "broker",
            "Runs the embedded Kafka broker until it is stopped and prints its address. For trying out and tests, not for production: in "
                + "memory, 5 MiB a partition, no transactions.",
            "streamner broker --topics documents:4,entities:4,documents.dlq:1",
            "streamner broker --quiet > address.txt &");
        _ = new BrokerCommand(terminal, verb);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var topics = Topics(arguments.GetValue(_topics) ?? []);
        using var broker = EmbeddedBroker.Start();
        foreach (var (name, partitions) in topics)
        {
            var made = broker.CreateTopic(name, partitions);
            if (made != partitions)
            {
                _terminal.Error.WriteLine($"streamner: topic {name} has {made} partitions, not {partitions}: this build of "
                    + $"librdkafka does not let us choose");
            }
        }

        _terminal.Output.WriteLine(broker.BootstrapServers);
        _terminal.Flush();
        if (!arguments.GetValue(_quiet))
        {
            _terminal.Error.WriteLine("streamner: embedded broker, for trying out and tests, not for production: in memory, 5 "
                + "MiB a partition, no transactions");
            _terminal.Error.WriteLine($"streamner: kcat -b {broker.BootstrapServers} -L    lists its topics; Ctrl+C "
                + $"ends it, and everything in it");
        }

        await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        return ExitCodes.Done;
    }

    private static List<(string Name, int Partitions)> Topics(IEnumerable<string> written)
    {
        List<(string, int)> topics = [];
        List<string> problems = [];
        foreach (var topic in written.SelectMany(list =>
            list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)))
        {
            var parts = topic.Split(':', 2);
            var partitions = EmbeddedBroker.DefaultPartitions;
            if (parts[0].Length == 0)
            {
                problems.Add($"--topics {topic}: the name is missing, write NAME or NAME:PARTITIONS");
            }
            else if (!KafkaOptions.IsTopicName(parts[0]))
            {
                problems.Add($"--topics {topic}: {KafkaOptions.TopicRule}");
            }
            else if (parts.Length == 2 && !(int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out partitions)
                && partitions is >= 1 and <= MaxPartitions))
            {
                problems.Add($"--topics {topic}: '{parts[1]}' is no number of partitions, it must be between 1 and {MaxPartitions}");
            }
            else
            {
                topics.Add((parts[0], partitions));
            }
        }

        return problems.Count == 0 ? topics : throw new ArgumentsException(problems);
    }
}
