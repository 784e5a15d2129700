using System.CommandLine;
using StreamNer.Host.Configuration;
using StreamNer.Inference.Models;
using StreamNer.Inference.Rules;

namespace StreamNer.Cli.Commands;

/// <summary>
/// The options by which every verb that reads configuration takes it: <c>--config</c>, <c>--set</c>, <c>--model</c> and, where it labels,
/// <c>--rules</c>.
/// </summary>
internal sealed class ConfigurationArguments
{
    private readonly Option<string?> _file = new("--config", "-c")
    {
        Description = "JSON file laid over config/appsettings.json.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _settings = new("--set", "-s")
    {
        Description = "One setting, as in Kafka:BootstrapServers=localhost:9092. May be repeated; wins over files and environment.",
        HelpName = "KEY=VALUE",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string[]> _models = new("--model", "-m")
    {
        Description = "Model folder in Hugging Face layout; short for --set Model:Path=DIR.",
        HelpName = "DIR",
        DefaultValueFactory = _ => [],
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _rules = new("--rules", "-r")
    {
        Description = "File of rules that find entities beside the model; short for --set Rules:Path=FILE.",
        HelpName = "FILE",
    };

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="severalModels">Whether it labels as the stream does: with several models where <c>--model</c> is repeated, and with
    /// rules.</param>
    public ConfigurationArguments(Command command, bool severalModels = false)
    {
        if (severalModels)
        {
            _models.Description = "Model folder in Hugging Face layout; repeated, all of them label. In place of the configured ones.";
            command.Options.Add(_rules);
        }
        else
        {
            _models.Validators.Add(given =>
            {
                if (given.Tokens.Count > 1)
                    given.AddError($"--model is given {given.Tokens.Count} times, {command.Name} takes one model");
            });
        }

        command.Options.Add(_models);
        command.Options.Add(_file);
        command.Options.Add(_settings);
    }

    /// <summary>Reads the configuration as these arguments say.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="own">The verb's own settings, <c>Key=Value</c>: they win over files and environment, and lose to <c>--set</c>.</param>
    /// <exception cref="ConfigurationException">A source can't be read.</exception>
    public IConfigurationRoot Read(ParseResult arguments, params string[] own)
    {
        string[] models = arguments.GetValue(_models) ?? [];
        string[] named = models.Length == 1 ? [$"{ModelOptions.Section}:Path={models[0]}"]
            : [.. models.Select((folder, i) => $"{NamedModelOptions.Section}:{i}:Path={folder}")];
        string[] rules = arguments.GetValue(_rules) is { } file ? [$"{RuleOptions.Section}:Path={file}"] : [];
        string[] replaced = models.Length == 0 ? [] : models.Length == 1 ? [NamedModelOptions.Section]
            : [ModelOptions.Section, NamedModelOptions.Section];
        return ConfigurationFiles.Read(
            arguments.GetValue(_file), [.. own, .. arguments.GetValue(_settings) ?? [], .. named, .. rules], replaced);
    }
}
