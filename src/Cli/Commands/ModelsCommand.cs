using System.CommandLine;
using StreamNer.Cli.Terminal;

namespace StreamNer.Cli.Commands;

/// <summary><c>streamner models</c>: the verbs for model folders.</summary>
internal static class ModelsCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(CommandTerminal terminal) => new Verb(
        "models",
        "Lists, shows, checks, fetches and optimizes model folders.",
        "streamner models list",
        "streamner models show en-ner-small",
        "streamner models pull Xenova/bert-base-NER --file onnx/model_quantized.onnx",
        "streamner models verify bert-base-NER",
        "streamner models optimize bert-base-NER --precision int8")
    {
        ModelsListCommand.Create(terminal),
        ModelsShowCommand.Create(terminal),
        ModelsPullCommand.Create(terminal),
        ModelsVerifyCommand.Create(terminal),
        ModelsOptimizeCommand.Create(terminal),
    };

    /// <summary>The option by which every one of them takes the directory.</summary>
    public static Option<string?> DirectoryOption(string description) => new("--dir", "-d") { Description = description, HelpName = "DIR" };
}
