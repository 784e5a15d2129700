using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using StreamNer.Actors;
using StreamNer.Cli.Terminal;
using StreamNer.Inference;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Tools.Hub;

namespace StreamNer.Cli.Commands;

/// <summary><c>streamner models verify</c>: holds a model folder against what it promises, up to a text that goes through it.</summary>
internal sealed class ModelsVerifyCommand
{
    private const string Sample = "My name is Sarah and I live in London";

    private readonly CommandTerminal _terminal;
    private readonly Argument<string[]> _models = new("MODEL")
    {
        Description = "Paths of model folders, or their names in the directory of models; none is all of that directory.",
        Arity = ArgumentArity.ZeroOrMore
    };
    private readonly Option<string?> _directory =
        ModelsCommand.DirectoryOption("Directory of model folders. Default: models below the current directory, else beside the program.");
    private readonly Option<string> _file =
        new("--file") { Description = "ONNX file in the folder, where it has several.", HelpName = "FILE", DefaultValueFactory = _ => "" };

    private readonly Option<TimeSpan> _timeout = new("--timeout")
    {
        Description = "How long a model may take to be loaded and tried out, hours:minutes:seconds.",
        HelpName = "TIME",
        CustomParser = OptionValue.Time,
        DefaultValueFactory = _ => TimeSpan.FromMinutes(5),
    };

    private readonly Option<long> _memory = new("--max-memory")
    {
        Description = "Most bytes of memory that a model may take to be loaded and tried out. Default: half of what there is.",
        HelpName = "BYTES",
        CustomParser = OptionValue.Whole<long>,
        DefaultValueFactory = _ => MemoryWatch.DefaultMostBytes,
    };

    private ModelsVerifyCommand(CommandTerminal terminal, Verb verb)
    {
        _terminal = terminal;
        verb.Arguments.Add(_models);
        verb.Options.Add(_directory);
        verb.Options.Add(_file);
        verb.Options.Add(_timeout);
        verb.Options.Add(_memory);
        verb.SetAction(RunAsync);
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CommandTerminal terminal)
    {
        var verb = new Verb(
            "verify",
            "Checks model folders: the files against the checksums recorded when they were pulled, tokenizer and labels against the model, "
                + "the highest piece and the longest input in a run, and one text. Exit code 3 when one fails.",
            "streamner models verify",
            "streamner models verify bert-base-NER",
            "streamner models verify /mnt/copy/bert-base-NER");
        _ = new ModelsVerifyCommand(terminal, verb);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var directories = ModelDirectories.Of(arguments.GetValue(_directory));
        var names = arguments.GetValue(_models) ?? [];
        string[] folders = names.Length > 0
            ? [.. names.Select(name => ModelDirectories.Find(name, directories) ?? throw ModelsShowCommand.Unknown(name, directories))]
            : [.. directories.SelectMany(ModelDirectories.Folders)];
        if (folders.Length == 0)
            throw new ArgumentsException(["there is no model folder to verify: name one, or its directory with --dir"]);

        var timeout = arguments.GetValue(_timeout);
        if (timeout <= TimeSpan.Zero || timeout > TimeSpan.FromDays(1))
            throw new ArgumentsException([$"--timeout is {timeout}, it must be between 0 (excluded) and 1 day, as in 00:05:00"]);
        var memory = arguments.GetValue(_memory);
        if (memory < 1)
            throw new ArgumentsException([$"--max-memory is {memory}, it must be 1 or more"]);
        var allGood = true;
        foreach (var folder in folders)
        {
            stop.ThrowIfCancellationRequested();
            _terminal.OutputConsole.WriteLine(VisibleText.Of(folder), new Style(decoration: Decoration.Bold));
            allGood &= await VerifyAsync(folder, arguments.GetValue(_file) ?? "", timeout, memory, stop);
            _terminal.Flush();
        }

        return allGood ? ExitCodes.Done : ExitCodes.Model;
    }

    private async Task<bool> VerifyAsync(string folder, string file, TimeSpan timeout, long memory, CancellationToken stop)
    {
        var isGood = await FilesAsync(folder, stop);
        ModelFolder model;
        try
        {
            model = ModelFolder.Open(folder, file);
        }
        catch (ModelLoadException unusable)
        {
            return Bad("model", unusable.Problems);
        }

        var description = model.Description;
        Good("model", string.Create(
            CultureInfo.InvariantCulture,
            $"{description.Family}, {description.Labels.Length} labels, {model.TokenizerKind} of {model.VocabularySize:N0} pieces, "
                + $"{ByteSize.Of(description.SizeBytes)}, {description.Hash}"));
        foreach (var note in model.Labels.Misfits.Concat(model.Labels.Warning is { } warning ? [warning] : []))
            Note("labels", note);
        foreach (var note in description.Notes)
            Note("model", note);
        try
        {
            return LoadTime.Within(folder, timeout, "--timeout", ended => Run(model, memory, ended), stop) && isGood;
        }
        catch (ModelLoadException unusable)
        {
            return Bad("run", unusable.Problems);
        }
    }

    private bool Run(ModelFolder model, long mostMemory, CancellationToken stop)
    {
        using (var memory = new MemoryWatch(mostMemory))
        {
            if (ModelTrial.Problems(model, memory, stop) is { Count: > 0 } problems)
                return Bad("run", problems);
            Good("run", string.Create(CultureInfo.InvariantCulture,
                $"every piece has its row, {model.Description.MaxPieces:N0} pieces fit, all logits are numbers, took "
                    + $"{ByteSize.Of(memory.TakenBytes)} of memory"));
        }

        return Text(model, mostMemory, stop);
    }

    private async Task<bool> FilesAsync(string folder, CancellationToken stop)
    {
        if (ModelManifest.Read(folder, out var unreadable) is not { } manifest)
            return unreadable is null ? Note("files", "no checksums are recorded: the model was not pulled") : Bad("files", [unreadable]);
        var differences = await manifest.DifferencesAsync(folder, stop);
        return differences.Count > 0 ? Bad("files", differences)
            : Good("files", $"{manifest.Files.Count} files are as they were pulled from {manifest.Repository}, commit {manifest.Commit}");
    }

    private bool Text(ModelFolder model, long mostMemory, CancellationToken stop)
    {
        using var memory = new MemoryWatch(mostMemory);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, memory.Exceeded);
        DocumentOutcome outcome;
        try
        {
            outcome = Label(model, either.Token);
        }
        catch (OperationCanceledException) when (memory.Exceeded.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            return Bad("text",
                [$"to label it takes {ByteSize.Of(memory.TakenBytes)} of memory or more, the limit is {ByteSize.Of(mostMemory)}"]);
        }

        switch (outcome)
        {
            case DocumentOutcome.Labelled labelled:
                var entities = string.Join(", ", labelled.Entities.Select(entity => $"{entity.Span.In(Sample)} {entity.Label}"));
                return Good("text", $"\"{Sample}\": {(entities.Length > 0 ? entities : "no entities")}");
            case DocumentOutcome.Failed failed:
                return Bad("text", [failed.Message]);
            default:
                return Bad("text", ["no answer"]);
        }
    }

    private static DocumentOutcome Label(ModelFolder model, CancellationToken stop)
    {
        using var pipeline = TokenClassificationPipeline.Load(model, new DeviceOptions { Lanes = 1 }, stop: stop);
        using var ended = stop.Register(pipeline.Stop);
        try
        {
            return pipeline.Label(Sample);
        }
        finally
        {
            // A run that was ended shows as a text that failed, or as an exception; neither is what happened.
            stop.ThrowIfCancellationRequested();
        }
    }

    private bool Good(string part, string detail) => Line("ok", Color.Green, part, detail, isGood: true);

    private bool Note(string part, string detail) => Line("note", Color.Yellow, part, detail, isGood: true);

    private bool Bad(string part, IEnumerable<string> problems)
    {
        foreach (var problem in problems)
            Line("error", Color.Red, part, problem, isGood: false);
        return false;
    }

    private bool Line(string state, Color colour, string part, string detail, bool isGood)
    {
        _terminal.OutputConsole.Write(new Text($"  {state,-6}", new Style(colour, decoration: Decoration.Bold)));
        _terminal.OutputConsole.WriteLine($"{part,-6} {VisibleText.Of(detail, keepLines: false)}");
        return isGood;
    }
}
