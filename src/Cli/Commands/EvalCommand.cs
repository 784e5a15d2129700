using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using StreamNer.Actors;
using StreamNer.Actors.Recognition;
using StreamNer.Cli.Labelling;
using StreamNer.Cli.Terminal;
using StreamNer.Host.Configuration;
using StreamNer.Inference;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Words;
using StreamNer.Tools.Evaluation;

namespace StreamNer.Cli.Commands;

/// <summary><c>streamner eval</c>: holds the labels of data sets against those of the model.</summary>
internal sealed class EvalCommand
{
    private const int MostDigits = 12;
    private const string Unit = "sentences";

    private readonly CommandTerminal _terminal;
    private readonly ConfigurationArguments _configuration;

    private readonly Option<string[]> _data = new("--data", "-d")
    {
        Description = "Data set in CoNLL columns, UTF-8, plain or gzip: a word a line, a blank line behind each sentence. "
            + "May be repeated: a report each.",
        HelpName = "FILE",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<EvaluationMode> _mode = new("--mode")
    {
        Description = "default: as conlleval and seqeval, broken label sequences are repaired. strict: only what the scheme spells is an "
            + "entity, as seqeval's strict mode.",
        HelpName = "default|strict",
        CustomParser = OptionValue.Name<EvaluationMode>,
        DefaultValueFactory = _ => EvaluationMode.Default,
    };

    private readonly Option<bool> _text = new("--text")
    {
        Description =
            "Put each sentence's words together, label that text as the stream would, and compare spans: borders of words count too.",
    };

    private readonly Option<TagScheme?> _scheme = new("--scheme")
    {
        Description = "Scheme of the data's labels; recognised unless given. plain: labels have no prefixes.",
        HelpName = "bio2|iob1|ioe2|bioes|bilou|plain",
        CustomParser = argument => OptionValue.Name<TagScheme>(argument),
    };

    private readonly Option<TagScheme?> _modelScheme = new("--model-scheme")
    {
        Description = "Scheme of the model's labels; recognised unless given. It matters in strict mode.",
        HelpName = "bio2|iob1|ioe2|bioes|bilou|plain",
        CustomParser = argument => OptionValue.Name<TagScheme>(argument),
    };

    private readonly Option<string[]> _types = new("--types")
    {
        Description = "Entity types that count, commas between; all counts every one, as seqeval does. Default: those that data and model "
            + "both have; the report names the others.",
        HelpName = "PER,LOC,...|all",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string[]> _map = new("--map")
    {
        Description =
            "Reads one type or label as another, in data and predictions: --map GPE=LOC; --map MISC=O drops one. May be repeated.",
        HelpName = "A=B",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<int?> _wordColumn = new("--word-column")
    {
        Description = "Column of the words, from 1. Default: the first.",
        HelpName = "N",
        CustomParser = argument => OptionValue.Whole<int>(argument),
    };

    private readonly Option<int?> _labelColumn = new("--label-column")
    {
        Description = "Column of the labels, from 1. Default: the last.",
        HelpName = "N",
        CustomParser = argument => OptionValue.Whole<int>(argument),
    };

    private readonly Option<int> _digits = new("--digits")
    {
        Description = "Decimals of the table; seqeval prints 2.",
        HelpName = "N",
        CustomParser = OptionValue.Whole<int>,
        DefaultValueFactory = _ => 4,
    };

    private readonly Option<bool> _json = new("--json") { Description = "A JSON object a line, a line a data set." };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress and no summary on standard error." };

    private EvalCommand(CommandTerminal terminal, Verb verb)
    {
        _terminal = terminal;
        foreach (var option in (Option[])[_data, _mode, _text, _scheme, _modelScheme, _types, _map, _wordColumn, _labelColumn, _digits,
            _json, _quiet])
        {
            verb.Options.Add(option);
        }

        _configuration = new ConfigurationArguments(verb);
        verb.SetAction(RunAsync);
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CommandTerminal terminal)
    {
        var verb = new Verb(
            "eval",
            "Evaluates a model on labelled data: precision, recall and F1 by entity type as seqeval counts them, or accuracy by label "
                + "where labels have no prefixes (parts of speech).",
            "streamner eval --data test.conll",
            "streamner eval --data test.conll --mode strict --types PER,LOC,ORG --model /models/bert-base-NER",
            "streamner eval --data en_ewt-ud-test.conllu --word-column 2 --label-column 4 --model /models/bert-pos",
            "streamner eval --data test.conll --text --model /models/xlm-roberta-large-finetuned-conll03-english",
            "streamner eval --data a.conll --data b.conll.gz --map GPE=LOC --json");
        _ = new EvalCommand(terminal, verb);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken stop)
    {
        // Everything is read and held against the model before the first sentence is labelled: a slow run must not end in a misspelt
        // option.
        var settings = Settings(arguments);
        var sets = Read(arguments);
        var configuration = _configuration.Read(arguments);
        using var pipeline = Load(configuration, stop);
        using var ended = stop.Register(pipeline.Stop);
        List<string> problems = [];
        var comparisons = sets.Select(set => Comparison.Prepare(set.Name, set.Sentences, pipeline.Model, settings, problems)).ToArray();
        ArgumentsException.ThrowIfAny(problems);

        var quiet = arguments.GetValue(_quiet);
        var progress = new LabelProgress(_terminal.Error, bar: null, quiet, Unit);
        var run = new EvaluationRun(pipeline, _terminal.Error, progress);
        IReadOnlyList<EvaluationReport> reports = [];
        if (quiet || !_terminal.ErrorIsTerminal)
        {
            reports = Evaluate(run, sets, comparisons, settings.OnText, stop);
        }
        else
        {
            // The reports are written when the bar is gone, or the two would overwrite each other on one terminal.
            await LabelProgress.Bar(_terminal.ErrorConsole).StartAsync(async context =>
            {
                progress = new LabelProgress(_terminal.Error, context.AddTask($"0 {Unit}", maxValue: sets.Sum(set => set.Sentences.Count)),
                    quiet, Unit);
                run = new EvaluationRun(pipeline, _terminal.Error, progress);
                reports = await Task.Run(() => Evaluate(run, sets, comparisons, settings.OnText, stop), stop);
            });
        }

        Write(reports, arguments);
        if (!quiet)
        {
            _terminal.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"streamner: {reports.Sum(report => report.Sentences):N0} {Unit}, {reports.Sum(report => report.Words):N0} words in "
                    + $"{progress.Elapsed.TotalSeconds:N1} s"));
        }

        return run.Failed == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static TokenClassificationPipeline Load(IConfiguration configuration, CancellationToken stop)
    {
        var checkedValues = CheckedConfiguration.Of(configuration);
        var batching = checkedValues.Get<BatchingOptions>(BatchingOptions.Section);
        var recognition = checkedValues.Get<RecognitionOptions>(RecognitionOptions.Section);
        var words = checkedValues.Get<WordOptions>(WordOptions.Section);
        string[] pieces = words.Aggregation is Aggregation.None or Aggregation.Simple
            ? [$"{WordOptions.Section}:Aggregation is {words.Aggregation}, which labels pieces of words; eval needs a label for each word: "
                + $"Scheme, First, Average or Max"]
            : [];
        ConfigurationException.ThrowIfAny([.. checkedValues.Problems, .. ModelSettings.Problems(checkedValues), .. batching.Problems(),
            .. recognition.Problems(), .. pieces]);

        var models = ModelSettings.Of(checkedValues);
        if (models.Count > 1)
            throw new ArgumentsException([$"{models.Count} models are configured, one at a time is evaluated: name it with --model DIR"]);

        return ServedModel.Open(models[0]).LoadPipeline(batching, recognition, stop);
    }

    private static List<EvaluationReport> Evaluate(EvaluationRun run, IReadOnlyList<DataSet> sets, Comparison?[] comparisons, bool onText,
        CancellationToken stop)
    {
        List<EvaluationReport> reports = [];
        foreach (var (set, comparison) in sets.Zip(comparisons))
        {
            reports.Add(onText
                ? comparison!.CompareTexts(run.LabelTexts(set.Name, set.Sentences, stop))
                : comparison!.Compare(run.Label(set.Name, set.Sentences, stop)));
        }

        return reports;
    }

    private void Write(IReadOnlyList<EvaluationReport> reports, ParseResult arguments)
    {
        if (arguments.GetValue(_json))
        {
            using var json = new ReportJsonWriter(_terminal.Results);
            foreach (var report in reports)
                json.Write(report);
            return;
        }

        var text = new ReportWriter(_terminal.Output, arguments.GetValue(_digits));
        foreach (var report in reports)
            text.Write(report);
    }

    private List<DataSet> Read(ParseResult arguments)
    {
        List<string> problems = [];
        List<DataSet> sets = [];
        foreach (var name in arguments.GetValue(_data) ?? [])
        {
            if (FileArgument.Problem(name, arguments) is { } problem)
            {
                problems.Add(problem);
            }
            else
            {
                sets.Add(
                    new DataSet(name, ConllFile.Read(name, arguments.GetValue(_wordColumn), arguments.GetValue(_labelColumn), problems)));
            }
        }

        ArgumentsException.ThrowIfAny(problems);
        return sets;
    }

    private EvaluationSettings Settings(ParseResult arguments)
    {
        List<string> problems = [];
        Dictionary<string, string> renamed = [];
        foreach (var entry in arguments.GetValue(_map) ?? [])
        {
            var parts = entry.Split('=');
            if (parts.Length != 2 || parts[0].Trim().Length == 0 || parts[1].Trim().Length == 0)
                problems.Add($"--map {entry}: it must be A=B, for instance --map GPE=LOC");
            else if (!renamed.TryAdd(parts[0].Trim(), parts[1].Trim()))
                problems.Add($"--map {entry}: {parts[0].Trim()} is mapped more than once");
        }

        foreach (var (option, column) in ((string, int?)[])[("--word-column", arguments.GetValue(_wordColumn)),
            ("--label-column", arguments.GetValue(_labelColumn))])
        {
            if (column < 1)
                problems.Add($"{option} {column}: columns are counted from 1");
        }

        if (arguments.GetValue(_digits) is var digits and (< 0 or > MostDigits))
            problems.Add($"--digits {digits}: it must be between 0 and {MostDigits}");
        ArgumentsException.ThrowIfAny(problems);
        return new EvaluationSettings
        {
            Mode = arguments.GetValue(_mode),
            OnText = arguments.GetValue(_text),
            DataScheme = arguments.GetValue(_scheme),
            ModelScheme = arguments.GetValue(_modelScheme),
            Types = [.. (arguments.GetValue(_types) ?? [])
                .SelectMany(types => types.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct()],
            Renamed = renamed,
        };
    }

    /// <summary>A data set that was read.</summary>
    private sealed record DataSet(string Name, IReadOnlyList<ConllSentence> Sentences);
}
