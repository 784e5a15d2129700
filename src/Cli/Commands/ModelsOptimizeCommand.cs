using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;
using StreamNer.Actors;
using StreamNer.Cli.Demo;
using StreamNer.Cli.Terminal;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models.Onnx.Rewriting;
using StreamNer.Tools.Hub;
using StreamNer.Tools.Optimization;

namespace StreamNer.Cli.Commands;

/// <summary><c>streamner models optimize</c>: makes a model folder that computes in fewer bits.</summary>
internal sealed class ModelsOptimizeCommand
{
    private const double MostChangedByDefault = 2;
    private const int MostDocuments = 1_000;
    private const int NameWidth = 10;

    private static readonly Dictionary<string, WeightPrecision> Precisions = new(StringComparer.Ordinal)
    {
        ["int8"] = WeightPrecision.Int8,
        ["fp16"] = WeightPrecision.Half,
    };

    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly CommandTerminal _terminal;
    private readonly Argument<string> _model =
        new("MODEL") { Description = "Path of a model folder in float32, or its name in the directory of models." };
    private readonly Option<string> _precision = new("--precision")
    {
        Description = "int8: 8 bits, for processors. fp16: half precision, for GPUs; on a processor it is slower than float32.",
        HelpName = "int8|fp16",
        DefaultValueFactory = _ => "int8",
    };

    private readonly Option<string?> _out = new("--out")
    {
        Description = "Folder to make; it must not be there, or be empty. Default: the model's, with -int8 or -fp16 behind.",
        HelpName = "DIR",
    };

    private readonly Option<string?> _directory =
        ModelsCommand.DirectoryOption("Directory of model folders. Default: models below the current directory, else beside the program.");
    private readonly Option<string> _file =
        new("--file") { Description = "ONNX file in the folder, where it has several.", HelpName = "FILE", DefaultValueFactory = _ => "" };

    private readonly Option<double> _maxChanged = new("--max-changed")
    {
        Description = "Most words of the sample that may get another label, in percent; above, nothing is kept.",
        HelpName = "PERCENT",
        CustomParser = OptionValue.Decimal,
        DefaultValueFactory = _ => MostChangedByDefault,
    };

    private readonly Option<string?> _sample = new("--sample")
    {
        Description = "Texts to compare on, one a line, UTF-8, the first 1,000; such as the model will see. Default: 200 English ones "
            + "that come with the product.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _json = new("--json") { Description = "The report as one JSON object." };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress on standard error." };

    private ModelsOptimizeCommand(CommandTerminal terminal, Verb verb)
    {
        _terminal = terminal;
        verb.Arguments.Add(_model);
        foreach (var option in (Option[])[_precision, _out, _directory, _file, _maxChanged, _sample, _json, _quiet])
            verb.Options.Add(option);
        verb.SetAction(RunAsync);
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CommandTerminal terminal)
    {
        var verb = new Verb(
            "optimize",
            "Makes a folder of a float32 model that computes in 8 bits or in half precision, compares both on sample texts, and reports "
                + "size, speed and labels that change. Exit code 1, and no folder, when too many change.",
            "streamner models optimize bert-base-NER",
            "streamner models optimize bert-base-NER --out /models/ner-fast --max-changed 1 --sample news.txt",
            "streamner models optimize bert-base-NER --precision fp16");
        _ = new ModelsOptimizeCommand(terminal, verb);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var request = Read(arguments);
        var texts = await DemoDocuments.ReadAsync(arguments.GetValue(_sample), stop);
        Document[] sample = [.. texts.Take(MostDocuments).Index().Select(text => new Document(new DocumentId($"{text.Index}"), text.Item))];
        var optimization = new ModelOptimization(new LineProgress(_terminal.Error, arguments.GetValue(_quiet)));
        var made = optimization.Run(request with { Sample = sample }, stop);
        if (arguments.GetValue(_json))
            _terminal.Output.Write(JsonSerializer.Serialize(Summary(made), Json) + "\n");
        else
            Write(made, request);
        return ExitCodes.Done;
    }

    private OptimizationRequest Read(ParseResult arguments)
    {
        List<string> problems = [];
        var name = arguments.GetValue(_model)!;
        var directories = ModelDirectories.Of(arguments.GetValue(_directory));
        var folder = ModelDirectories.Find(name, directories) ?? throw ModelsShowCommand.Unknown(name, directories);
        folder = Path.TrimEndingDirectorySeparator(folder);
        var wanted = arguments.GetValue(_precision)!;
        if (!Precisions.TryGetValue(wanted, out var precision))
            problems.Add($"--precision {wanted}: it must be {string.Join(" or ", Precisions.Keys)}");
        var maxChanged = arguments.GetValue(_maxChanged);
        if (!(maxChanged is >= 0 and <= 100))
            problems.Add(FormattableString.Invariant($"--max-changed {maxChanged}: it must be between 0 and 100, in percent"));
        ArgumentsException.ThrowIfAny(problems);
        return new OptimizationRequest
        {
            Folder = folder,
            File = arguments.GetValue(_file) ?? "",
            Precision = precision,
            Place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(arguments.GetValue(_out) ?? $"{folder}-{wanted}")),
            MostChangedShare = maxChanged / 100,
            Sample = [],
        };
    }

    private static object Summary(OptimizedModel made) => new
    {
        made.Folder,
        made.Hash,
        precision = Precisions.First(precision => precision.Value == made.Precision).Key,
        matrices = made.Rewritten.Summary.Matrices,
        tables = made.Rewritten.Summary.Tables,
        weights = made.Rewritten.Summary.Rewritten,
        weightsLeft = made.Rewritten.Summary.Left,
        sizeBytes = new { before = made.Rewritten.BytesBefore, after = made.Rewritten.BytesAfter },
        documentsPerSecond = new { before = made.Comparison.Before, after = made.Comparison.After },
        documents = made.Comparison.Documents,
        words = made.Comparison.Words,
        changed = made.Comparison.Changed,
        largestDifference = made.Comparison.LargestDifference,
    };

    private void Write(OptimizedModel made, OptimizationRequest request)
    {
        var (summary, comparison) = (made.Rewritten.Summary, made.Comparison);
        var tables = summary.Tables == 0 ? "" : $" and {summary.Tables} {(summary.Tables == 1 ? "table" : "tables")}";
        Line("folder", made.Folder);
        Line("hash", made.Hash);
        Line("weights", string.Create(
            CultureInfo.InvariantCulture,
            $"{summary.Rewritten:N0} of {summary.Rewritten + summary.Left:N0} numbers, {summary.Matrices} "
                + $"{(summary.Matrices == 1 ? "matrix" : "matrices")}{tables}"));
        Line("size", $"{ByteSize.Of(made.Rewritten.BytesBefore)} before, {ByteSize.Of(made.Rewritten.BytesAfter)} after");
        Line("speed", string.Create(
            CultureInfo.InvariantCulture,
            $"{comparison.Before:N1} documents/s before, {comparison.After:N1} after, {comparison.Gain:N2} times, on this processor"));
        Line("labels", string.Create(
            CultureInfo.InvariantCulture,
            $"{comparison.Changed:N0} of {comparison.Words:N0} words of {comparison.Documents:N0} documents changed "
                + $"({comparison.ChangedShare:P2}, limit {request.MostChangedShare:P2}); probabilities differ by up to "
                + $"{comparison.LargestDifference:N3}"));
        if (made.Precision == WeightPrecision.Half)
            Line("note", "half precision is for GPUs: this processor has to cast, so its speed says nothing");
    }

    private void Line(string name, string value)
    {
        _terminal.OutputConsole.Write(new Text(name.PadRight(NameWidth), new Style(decoration: Decoration.Bold)));
        _terminal.OutputConsole.WriteLine(VisibleText.Of(value, keepLines: false));
    }

    private sealed class LineProgress(TextWriter error, bool quiet) : IOptimizationProgress
    {
        public void Step(string what)
        {
            if (!quiet)
                error.WriteLine($"streamner: {VisibleText.Of(what, keepLines: false)}");
        }
    }
}
