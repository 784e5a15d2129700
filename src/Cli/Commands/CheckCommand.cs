using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using StreamNer.Actors;
using StreamNer.Cli.Terminal;
using StreamNer.Host.Configuration;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Onnx;
using StreamNer.Inference.Rules;
using StreamNer.Streams.Kafka;

namespace StreamNer.Cli.Commands;

/// <summary><c>streamner check</c>: looks at configuration, model folders, rules, GPUs and topics without starting anything.</summary>
internal sealed class CheckCommand
{
    private static readonly TimeSpan MostForBroker = TimeSpan.FromSeconds(10);

    private readonly CommandTerminal _terminal;
    private readonly ConfigurationArguments _configuration;

    private readonly Option<bool> _offline = new("--offline") { Description = "Do not ask the broker for its topics." };

    private CheckCommand(CommandTerminal terminal, Verb verb)
    {
        _terminal = terminal;
        _configuration = new ConfigurationArguments(verb, severalModels: true);
        verb.Options.Add(_offline);
        verb.SetAction(Run);
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CommandTerminal terminal)
    {
        var verb = new Verb(
            "check",
            "Checks configuration, model folders, rules, GPUs and topics, and prints every problem. Exit code: 2 for configuration, else 3 "
                + "for the model or its device, else 4 for broker and topics, else 0.",
            "streamner check",
            "streamner check --config production.json",
            "streamner check --offline --model /models/bert-base-NER");
        _ = new CheckCommand(terminal, verb);
        return verb;
    }

    private int Run(ParseResult arguments)
    {
        CheckedConfiguration configuration;
        try
        {
            configuration = CheckedConfiguration.Of(_configuration.Read(arguments));
        }
        catch (ConfigurationException unreadable)
        {
            Bad("configuration", unreadable.Problems);
            return ExitCodes.Usage;
        }

        // Each part is looked at whatever became of the others: one call, all problems.
        var settings = ProductSettings.Bind(configuration);
        var usable = CheckSettings(configuration, settings);
        usable &= CheckRules(settings.Rules, out var rules);
        var loadable = CheckModels(settings, rules, ref usable);
        loadable &= !usable || CheckDevices(settings);
        var reachable = arguments.GetValue(_offline) || !settings.Streams || CheckTopics(settings.Kafka);
        return !usable ? ExitCodes.Usage : !loadable ? ExitCodes.Model : !reachable ? ExitCodes.Broker : ExitCodes.Done;
    }

    private bool CheckSettings(CheckedConfiguration configuration, ProductSettings settings)
    {
        var problems = SettingsCheck.Problems(configuration, settings);
        if (problems.Count > 0)
            return Bad("configuration", problems);
        return Good("configuration", "every key is known, every value fits");
    }

    private bool CheckRules(RuleOptions options, out EntityRules? rules)
    {
        List<string> problems = [];
        rules = RulesFile.Read(options, problems);
        if (problems.Count > 0)
            return Bad("rules", problems);
        return rules is null || Good("rules", string.Create(CultureInfo.InvariantCulture, $"{rules.Name} {rules.Hash}: {rules.Count} "
            + $"{(rules.Count == 1 ? "rule" : "rules")}"));
    }

    private bool CheckModels(ProductSettings settings, EntityRules? rules, ref bool usable)
    {
        List<ServedModel> models = [];
        foreach (var configured in settings.Models)
        {
            try
            {
                models.Add(Tell(ServedModel.Open(configured)));
            }
            catch (ModelLoadException unusable)
            {
                Bad("model", unusable.Problems);
            }
        }

        string[] relations = [.. ServedModel.NameProblems(models), .. usable && models.Count > 0
            ? ServedModel.Recognition(models, settings, rules).Problems() : []];
        if (relations.Length > 0)
            usable = Bad("configuration", relations);
        return models.Count == settings.Models.Count;
    }

    // Whether the GPU itself is there shows when it is used.
    private bool CheckDevices(ProductSettings settings)
    {
        if (settings.Cluster.Pool is { Infers: false })
            return true;
        var gpus = settings.Models.SelectMany(model => LanePlan.Create(model.Devices, cores: 1)).Where(lane => lane.IsGpu);
        var usable = true;
        foreach (var lane in gpus.DistinctBy(lane => lane.Device))
        {
            usable &= GpuProviders.Problem(lane) is { } problem
                ? Bad("device", [problem])
                : Good("device", $"{lane.Device}: all libraries can be loaded");
        }

        return usable;
    }

    private ServedModel Tell(ServedModel served)
    {
        var model = served.Folder.Description;
        Good("model", string.Create(
            CultureInfo.InvariantCulture,
            $"{served.Name} {model.Hash}: {model.Family}, {model.Labels.Length} labels, {model.MaxPieces} pieces, {model.Precision}, "
                + $"{model.SizeBytes / 1e6:0.0} MB"));
        return served;
    }

    private bool CheckTransactions(KafkaOptions kafka)
    {
        if (kafka.Delivery != DeliveryGuarantee.ExactlyOnce)
            return true;
        var (id, problem) = TransactionProbe.Probe(kafka, Environment.MachineName, MostForBroker);
        return problem is null ? Good("transactions", $"the cluster has them, and this user may use them (tried as {id})")
            : Bad("transactions", [problem]);
    }

    private bool CheckTopics(KafkaOptions kafka)
    {
        if (string.IsNullOrWhiteSpace(kafka.BootstrapServers))
            return Bad("broker", ["not asked: no address is configured"]);
        if (ClientSettings.Problems(kafka).Any())
            return Bad("broker", ["not asked: its settings can't be used, see configuration"]);

        try
        {
            var report = TopicProbe.Probe(kafka, kafka.ConnectTimeout < MostForBroker ? kafka.ConnectTimeout : MostForBroker);
            Good("broker", string.Create(CultureInfo.InvariantCulture, $"{kafka.BootstrapServers}: {report.Brokers} "
                + $"{(report.Brokers == 1 ? "broker" : "brokers")}"));
            foreach (var topic in report.All)
                Tell(topic);
            foreach (var topic in report.TooLong)
            {
                Line("note", Color.Yellow, "input topic", $"{topic} is not read: its name has {topic.Length} characters, which leaves no "
                    + $"room for that of its dead letters; shorten {KafkaOptions.Section}:DeadLetterTopic");
            }

            return CheckTransactions(kafka) && report.MissingInputs.Count == 0;
        }
        catch (BrokerUnreachableException unreachable)
        {
            return Bad("broker", [unreachable.Message]);
        }
    }

    private void Tell(TopicState topic)
    {
        var role = topic.Role switch
        {
            TopicRole.Input => "input topic",
            TopicRole.Output => "output topic",
            _ => "dead letters",
        };
        if (topic.Exists)
        {
            Good(role, string.Create(CultureInfo.InvariantCulture, $"{topic.Name}: {topic.Partitions} "
                + $"{(topic.Partitions == 1 ? "partition" : "partitions")}"));
        }
        else if (topic.Role == TopicRole.Input)
        {
            Bad(role, [TopicSelection.IsPattern(topic.Name)
                ? $"{topic.Name} matches no topic yet: create one, or set {KafkaOptions.Section}:InputTopics"
                : $"{topic.Name} does not exist: create it, or set {KafkaOptions.Section}:InputTopics"]);
        }
        else
        {
            Line("note", Color.Yellow, role, $"{topic.Name} does not exist: it is made by the first record if the "
                + $"broker allows that; else create it");
        }
    }

    private bool Good(string part, string detail)
    {
        Line("ok", Color.Green, part, detail);
        return true;
    }

    private bool Bad(string part, IEnumerable<string> problems)
    {
        foreach (var problem in problems)
            Line("error", Color.Red, part, problem);
        return false;
    }

    private void Line(string state, Color colour, string part, string detail)
    {
        _terminal.OutputConsole.Write(new Text($"{state,-6}", new Style(colour, decoration: Decoration.Bold)));
        _terminal.OutputConsole.WriteLine($"{part,-14} {VisibleText.Of(detail)}");
    }
}
