using System.CommandLine;
using StreamNer.Host.Configuration;

namespace StreamNer.Host.Commands;

/// <summary>The options by which every verb that reads configuration takes it: <c>--config</c>, <c>--set</c> and <c>--model</c>.</summary>
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

    private readonly Option<string?> _model = new("--model", "-m")
    {
        Description = "Model folder in Hugging Face layout; short for --set Model:Path=DIR.",
        HelpName = "DIR",
    };

    /// <summary>Adds the options to a command.</summary>
    public ConfigurationArguments(Command command)
    {
        command.Options.Add(_model);
        command.Options.Add(_file);
        command.Options.Add(_settings);
    }

    /// <summary>Reads the configuration as these arguments say.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="own">The verb's own settings, <c>Key=Value</c>: they win over files and environment, and lose to <c>--set</c>.</param>
    /// <exception cref="ConfigurationException">A source can't be read.</exception>
    public IConfigurationRoot Read(ParseResult arguments, params string[] own)
    {
        string[] model = arguments.GetValue(_model) is { } folder ? [$"Model:Path={folder}"] : [];
        return ConfigurationFiles.Read(arguments.GetValue(_file), [.. own, .. arguments.GetValue(_settings) ?? [], .. model]);
    }
}
