using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using StreamNer.Actors;
using StreamNer.Cli.Terminal;
using StreamNer.Inference.Domain;
using StreamNer.Tools.Hub;

namespace StreamNer.Cli.Commands;

/// <summary><c>streamner models list</c>: every model folder, the broken ones with their reason.</summary>
internal sealed class ModelsListCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly CommandTerminal _terminal;
    private readonly Option<string?> _directory =
        ModelsCommand.DirectoryOption("Directory of model folders. Default: models below the current directory and beside the program.");
    private readonly Option<bool> _json = new("--json") { Description = "A JSON object a line, a line a folder." };

    private ModelsListCommand(CommandTerminal terminal, Verb verb)
    {
        _terminal = terminal;
        verb.Options.Add(_directory);
        verb.Options.Add(_json);
        verb.SetAction(Run);
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CommandTerminal terminal)
    {
        var verb = new Verb(
            "list",
            "Lists the model folders with family, labels, longest input and size. Each is opened; one that can't be "
                + "loaded is listed with its reason.",
            "streamner models list",
            "streamner models list --dir /models --json");
        _ = new ModelsListCommand(terminal, verb);
        return verb;
    }

    private int Run(ParseResult arguments)
    {
        var chosen = arguments.GetValue(_directory);
        if (chosen is not null && !Directory.Exists(chosen))
            throw new ArgumentsException([$"--dir {chosen}: there is no such directory"]);

        foreach (var directory in ModelDirectories.Of(chosen))
        {
            var entries = ModelDirectories.Folders(directory).Select(folder => ModelEntry.Of(directory, folder)).ToArray();
            if (arguments.GetValue(_json))
            {
                foreach (var entry in entries)
                    _terminal.Output.Write(JsonSerializer.Serialize(Summary(entry), Json) + "\n");
            }
            else
            {
                Write(directory, entries);
            }
        }

        return ExitCodes.Done;
    }

    private static object Summary(ModelEntry entry) => entry.Model?.Description is { } model
        ? new
        {
            entry.Name,
            entry.Folder,
            model.Family,
            labels = model.Labels.Length,
            model.MaxPieces,
            model.SizeBytes,
            model.Hash,
            entry.Problems
        }
        : new { entry.Name, entry.Folder, entry.Problems };

    private void Write(string directory, ModelEntry[] entries)
    {
        var console = _terminal.OutputConsole;
        console.WriteLine(VisibleText.Of(directory), new Style(decoration: Decoration.Bold));
        if (entries.Length == 0)
            console.WriteLine("  no model folders");
        var names = entries.Select(entry => entry.Name.Length).Append(0).Max();
        var families = entries.Select(entry => entry.Model?.Description.Family.Length ?? 0).Append(0).Max();
        foreach (var entry in entries)
        {
            console.Write(new Text($"  {VisibleText.Of(entry.Name, keepLines: false).PadRight(names)}  "));
            if (entry.Model?.Description is { } model)
            {
                console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{VisibleText.Of(model.Family, keepLines: false).PadRight(families)}  {model.Labels.Length,3} "
                        + $"{(model.Labels.Length == 1 ? "label " : "labels")}  {model.MaxPieces,5} pieces  "
                        + $"{ByteSize.Of(model.SizeBytes),9}  {model.Hash}"));
                continue;
            }

            console.Write(new Text("broken", new Style(Color.Red, decoration: Decoration.Bold)));
            console.WriteLine(
                $"  {VisibleText.Of(entry.Problems[0], keepLines: false)}"
                + $"{(entry.Problems.Count > 1 ? $" (and {entry.Problems.Count - 1} more)" : "")}");
        }
    }
}
