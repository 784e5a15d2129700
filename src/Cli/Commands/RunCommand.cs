using System.CommandLine;
using StreamNer.Actors;
using StreamNer.Cli.Terminal;
using StreamNer.Embedded;
using StreamNer.Host;
using StreamNer.Host.Configuration;
using StreamNer.Streams.Kafka;

namespace StreamNer.Cli.Commands;

/// <summary><c>streamner run</c>: the service.</summary>
internal sealed class RunCommand
{
    private readonly CommandTerminal _terminal;
    private readonly ConfigurationArguments _configuration;

    private readonly Option<bool> _embedded = new("--embedded-broker")
    {
        Description = "Start a broker inside this process and use it. For trying out and tests only: in memory, 5 MiB a "
            + "partition, gone with the process.",
    };

    private RunCommand(CommandTerminal terminal, Verb verb)
    {
        _terminal = terminal;
        _configuration = new ConfigurationArguments(verb, severalModels: true);
        verb.Options.Add(_embedded);
        verb.SetAction(RunAsync);
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CommandTerminal terminal)
    {
        var verb = new Verb(
            "run",
            "Runs the service: documents from Kafka in, entity events out, until it is stopped. SIGTERM and Ctrl+C drain and commit first.",
            "streamner run --set Kafka:BootstrapServers=localhost:9092 --set Kafka:InputTopics=news,mail",
            "streamner run --config production.json",
            "STREAMNER__Kafka__BootstrapServers=localhost:9092 streamner run",
            "streamner run --embedded-broker");
        _ = new RunCommand(terminal, verb);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var written = _configuration.Read(arguments);
        using var broker = arguments.GetValue(_embedded) ? EmbeddedBroker.Start() : null;
        var plan = ServicePlan.Make(broker is null ? written : EmbeddedSettings.Over(written, broker));
        var named = new TopicSelection(plan.Settings.Kafka).Names;
        foreach (var topic in named.Add(plan.Settings.Kafka.OutputTopic))
            broker?.CreateTopic(topic, EmbeddedBroker.DefaultPartitions);

        var announced = false;
        while (true)
        {
            // Asked to stop while it starts, it starts to its end and then stops like at any other time: drained, committed, out of its
            // group.
            await using var service = await Service.StartAsync(plan, CancellationToken.None);
            if (broker is not null && !announced)
                Announce(broker, named.FirstOrDefault("TOPIC"), plan.Settings.Kafka.OutputTopic);
            announced = true;
            var exitCode = await service.UntilStoppedAsync(stop);
            if (!service.JoinsAgain)
                return exitCode;
            if (stop.IsCancellationRequested)
                return ExitCodes.Done;
            _terminal.Error.WriteLine("streamner: this node is no longer of its cluster, and joins anew");
        }
    }

    private void Announce(EmbeddedBroker broker, string input, string output)
    {
        _terminal.Error.WriteLine($"streamner: embedded broker at {broker.BootstrapServers}, for trying out and tests, not for "
            + $"production: in memory, 5 MiB a partition");
        _terminal.Error.WriteLine($"streamner: kcat -b {broker.BootstrapServers} -P -t {input}   "
            + $" sends documents, a line each");
        _terminal.Error.WriteLine($"streamner: kcat -b {broker.BootstrapServers} -C -t {output}    shows the entity events");
    }
}
