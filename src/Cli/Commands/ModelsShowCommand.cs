using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;
using StreamNer.Actors;
using StreamNer.Cli.Terminal;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models.Folders;
using StreamNer.Tools.Hub;

namespace StreamNer.Cli.Commands;

/// <summary><c>streamner models show</c>: all that a user may want to know of one model.</summary>
internal sealed class ModelsShowCommand
{
    private const int NameWidth = 12;

    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    private readonly CommandTerminal _terminal;
    private readonly Argument<string> _model =
        new("MODEL") { Description = "Path of a model folder, or its name in the directory of models." };
    private readonly Option<string?> _directory =
        ModelsCommand.DirectoryOption("Directory of model folders. Default: models below the current directory, else beside the program.");
    private readonly Option<string> _file =
        new("--file") { Description = "ONNX file in the folder, where it has several.", HelpName = "FILE", DefaultValueFactory = _ => "" };
    private readonly Option<bool> _json = new("--json") { Description = "As one JSON object." };

    private ModelsShowCommand(CommandTerminal terminal, Verb verb)
    {
        _terminal = terminal;
        verb.Arguments.Add(_model);
        verb.Options.Add(_directory);
        verb.Options.Add(_file);
        verb.Options.Add(_json);
        verb.SetAction(Run);
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CommandTerminal terminal)
    {
        var verb = new Verb(
            "show",
            "Shows a model: family, labels, tokenizer, inputs, precision, limits, size, hash and where it was pulled from.",
            "streamner models show en-ner-small",
            "streamner models show /models/bert-base-NER --json");
        _ = new ModelsShowCommand(terminal, verb);
        return verb;
    }

    private int Run(ParseResult arguments)
    {
        var name = arguments.GetValue(_model)!;
        var directories = ModelDirectories.Of(arguments.GetValue(_directory));
        var folder = ModelDirectories.Find(name, directories) ?? throw Unknown(name, directories);
        var model = ModelFolder.Open(folder, arguments.GetValue(_file) ?? "");
        var manifest = ModelManifest.Read(folder, out _);
        if (arguments.GetValue(_json))
            _terminal.Output.Write(JsonSerializer.Serialize(Summary(model, manifest), Json) + "\n");
        else
            Write(model, manifest);
        return ExitCodes.Done;
    }

    /// <summary>Says where a model was looked for.</summary>
    public static ArgumentsException Unknown(string name, IReadOnlyList<string> directories) => new(
        [$"{name} is neither a folder nor a model in "
            + $"{(directories.Count == 0 ? "a directory called models" : string.Join(" or ", directories))}; 'streamner "
            + $"models list' shows what there is"]);

    private static object Summary(ModelFolder folder, ModelManifest? manifest)
    {
        var model = folder.Description;
        return new
        {
            model.Name,
            model.Folder,
            file = folder.OnnxFile,
            model.Family,
            model.Labels,
            scheme = folder.Labels.Name,
            misfits = folder.Labels.Misfits,
            model.Notes,
            crf = folder.HasLearnedTransitions,
            tokenizer = new { kind = folder.TokenizerKind, folder.VocabularySize },
            model.Inputs,
            model.Precision,
            model.MaxPieces,
            model.SizeBytes,
            model.Hash,
            source = manifest is null ? null
                : new { manifest.Endpoint, manifest.Repository, manifest.Revision, manifest.Commit, manifest.Licence },
        };
    }

    private void Write(ModelFolder folder, ModelManifest? manifest)
    {
        var model = folder.Description;
        Line("model", $"{model.Name} {model.Hash}");
        Line("file", $"{folder.OnnxFile}, {ByteSize.Of(model.SizeBytes)}");
        Line("family", model.Family);
        Line("labels", string.Create(CultureInfo.InvariantCulture, $"{model.Labels.Length}, {folder.Labels.Name}: "
            + $"{string.Join(", ", model.Labels)}"));
        foreach (var note in folder.Labels.Misfits.Concat(folder.Labels.Warning is { } warning ? [warning] : []).Concat(model.Notes))
            Line("note", note);
        if (folder.HasLearnedTransitions)
            Line("transitions", "crf.json: labels are chosen by them, Words:Decoding=Argmax leaves them out");
        Line("tokenizer", string.Create(CultureInfo.InvariantCulture, $"{folder.TokenizerKind}, {folder.VocabularySize:N0} pieces"));
        Line("inputs", string.Join(", ", model.Inputs));
        Line("precision", $"{model.Precision} logits");
        Line("window", string.Create(CultureInfo.InvariantCulture, $"{model.MaxPieces:N0} pieces, special ones "
            + $"included; longer texts take several"));
        if (manifest is not null)
            Line("pulled from", $"{manifest.Endpoint}/{manifest.Repository}, revision {manifest.Revision}, commit {manifest.Commit}");
        if (manifest?.Licence is { } licence)
            Line("licence", $"{licence}, says the model card");
    }

    private void Line(string name, string value)
    {
        _terminal.OutputConsole.Write(new Text(name.PadRight(NameWidth), new Style(decoration: Decoration.Bold)));
        _terminal.OutputConsole.WriteLine(VisibleText.Of(value, keepLines: false));
    }
}
