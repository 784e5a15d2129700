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
using StreamNer.Inference.Rules;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Wire;
using StreamNer.Tools.Labelling;

namespace StreamNer.Cli.Commands;

/// <summary><c>streamner label</c>: labels text from files or standard input, without Kafka.</summary>
internal sealed class LabelCommand
{
    private readonly CommandTerminal _terminal;
    private readonly ConfigurationArguments _configuration;

    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "Files to label, UTF-8, a document a line; none, or -, is standard input.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<LabelFormat?> _format = new("--format", "-f")
    {
        Description = "pretty: the text with its entities marked. json: the output event's body, a line a document. "
            + "conll: token, tab, label, with a column for each model and one for the rules. labels: labels separated by blanks, a line a "
            + "document, a tab between models. "
            + "Default: pretty on a terminal, json elsewhere.",
        HelpName = "pretty|json|conll|labels",
        CustomParser = argument => OptionValue.Name<LabelFormat>(argument),
    };

    private readonly Option<bool> _whole = new("--whole", "-w") { Description = "Each file is one document, line breaks included." };
    private readonly Option<bool> _tokens =
        new("--tokens", "-t") { Description = "With json: write the label of each token too; those of a tagger always are." };
    private readonly Option<double?> _minScore = new("--min-score")
    {
        Description = "Leave out entities with a lower score, 0 to 1; short for --set Output:MinScore=N. With "
            + "Output:MinScoreOf:LABEL=N for one label.",
        HelpName = "N",
        CustomParser = argument => OptionValue.Decimal(argument),
    };

    private readonly Option<OffsetUnit?> _offsetUnit = new("--offset-unit")
    {
        Description = "With json: what start and end count; short for --set Output:OffsetUnit=UNIT.",
        HelpName = "utf16|codepoint|utf8",
        CustomParser = argument => OptionValue.Name<OffsetUnit>(argument),
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress and no summary on standard error." };

    private LabelCommand(CommandTerminal terminal, Verb verb)
    {
        _terminal = terminal;
        verb.Arguments.Add(_files);
        verb.Options.Add(_format);
        verb.Options.Add(_whole);
        verb.Options.Add(_tokens);
        verb.Options.Add(_minScore);
        verb.Options.Add(_offsetUnit);
        verb.Options.Add(_quiet);
        _configuration = new ConfigurationArguments(verb, severalModels: true);
        verb.SetAction(RunAsync);
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CommandTerminal terminal)
    {
        var verb = new Verb(
            "label",
            "Labels text from files or standard input. A document that can't be read or labelled is named on standard "
                + "error; the exit code is then 1.",
            "echo 'John Lenon was born in London' | streamner label --format labels",
            "streamner label config/sample/documents.txt",
            "streamner label --whole --format json --tokens letter.txt > letter.json",
            "streamner label --model /models/bert-base-NER --format conll news.txt > news.conll",
            "streamner label --model models/en-ner-small --model /models/pos --rules config/rules-example.jsonl news.txt");
        _ = new LabelCommand(terminal, verb);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var files = Files(arguments);
        var loaded = Load(_configuration.Read(arguments, Output(arguments)), stop);
        using var ensemble = loaded.Ensemble;
        using var ended = stop.Register(ensemble.Stop);
        var format = arguments.GetValue(_format) ?? (_terminal.OutputIsTerminal ? LabelFormat.Pretty : LabelFormat.Json);
        var writer = Writer(format, loaded, arguments.GetValue(_tokens));
        using var disposable = writer as IDisposable;

        var quiet = arguments.GetValue(_quiet);
        if (quiet || !_terminal.ErrorIsTerminal || _terminal.OutputIsTerminal)
        {
            // Two displays on one terminal would overwrite each other: results that are seen as they come are progress enough.
            return await LabelAsync(files, arguments.GetValue(_whole), loaded, writer, bar: null, quiet, stop);
        }

        return await LabelProgress.Bar(_terminal.ErrorConsole).StartAsync(context =>
            LabelAsync(files, arguments.GetValue(_whole), loaded, writer, context.AddTask("0 documents", maxValue: Bytes(files)),
                quiet, stop));
    }

    private async Task<int> LabelAsync(
        IReadOnlyList<FileInfo?> files,
        bool whole,
        Loaded loaded,
        ILabelWriter writer,
        ProgressTask? bar,
        bool quiet,
        CancellationToken stop)
    {
        bar?.IsIndeterminate(files.Contains(null));
        var progress = new LabelProgress(_terminal.Error, bar, quiet);
        var run = new LabelRun(loaded.Ensemble, writer, _terminal.Error, progress, loaded.Output.Threshold);
        foreach (var file in files)
        {
            await using var input = file is null ? _terminal.Input : file.OpenRead();
            var name = file?.ToString() ?? "stdin";
            if (whole)
                await run.WholeAsync(name, input, stop);
            else
                await run.LinesAsync(name, input, stop);
        }

        if (!quiet)
            Summarise(run, progress.Elapsed, loaded.Identity);
        return run.Failed == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    private void Summarise(LabelRun run, TimeSpan elapsed, ModelIdentity model)
    {
        var failed = run.Failed == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {run.Failed:N0} failed");
        _terminal.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"streamner: {run.Documents:N0} {(run.Documents == 1 ? "document" : "documents")} labelled{failed}, {run.Entities:N0} "
                + $"{(run.Entities == 1 ? "entity" : "entities")} in {elapsed.TotalSeconds:N1} s, "
                + $"{run.Documents / elapsed.TotalSeconds:N0} documents/s, {model.Name} {model.Hash}"));
    }

    /// <summary>The inputs, null for standard input. All are looked at before anything is labelled.</summary>
    private List<FileInfo?> Files(ParseResult arguments)
    {
        var names = arguments.GetValue(_files) is { Length: > 0 } given ? given : ["-"];
        List<string> problems = [];
        List<FileInfo?> files = [];
        foreach (var name in names)
        {
            if (name == "-")
                files.Add(null);
            else if (FileArgument.Problem(name, arguments) is { } problem)
                problems.Add(problem);
            else
                files.Add(new FileInfo(name));
        }

        if (files.Count(file => file is null) > 1)
            problems.Add("standard input (-) is named more than once, it can be read only once");
        return problems.Count == 0 ? files : throw new ArgumentsException(problems);
    }

    private static long Bytes(IEnumerable<FileInfo?> files) => Math.Max(1, files.Sum(file => file?.Length ?? 0));

    /// <summary>Who labels, and how the results name them.</summary>
    private sealed record Loaded(TokenClassificationEnsemble Ensemble, ModelIdentity Identity, OutputOptions Output);

    private string[] Output(ParseResult arguments)
    {
        List<string> settings = [];
        if (arguments.GetValue(_minScore) is { } least)
            settings.Add(string.Create(CultureInfo.InvariantCulture, $"{OutputOptions.Section}:MinScore={least}"));
        if (arguments.GetValue(_offsetUnit) is { } unit)
            settings.Add($"{OutputOptions.Section}:OffsetUnit={unit.Name()}");
        return [.. settings];
    }

    private static Loaded Load(IConfiguration configuration, CancellationToken stop)
    {
        var checkedValues = CheckedConfiguration.Of(configuration);
        var batching = checkedValues.Get<BatchingOptions>(BatchingOptions.Section);
        var recognition = checkedValues.Get<RecognitionOptions>(RecognitionOptions.Section);
        var output = checkedValues.Get<OutputOptions>(OutputOptions.Section);
        ConfigurationException.ThrowIfAny(
            [
                .. checkedValues.Problems, .. ModelSettings.Problems(checkedValues), .. batching.Problems(), .. recognition.Problems(),
                .. output.Problems(),
            ]);

        var rules = RulesFile.Read(checkedValues.Get<RuleOptions>(RuleOptions.Section));
        var models = ServedModel.Open(ModelSettings.Of(checkedValues));
        ConfigurationException.ThrowIfAny([.. ServedModel.ScoreProblems(models, rules, output)]);
        List<(string, TokenClassificationPipeline)> pipelines = [];
        try
        {
            foreach (var model in models)
            {
                pipelines.Add((model.Name, model.LoadPipeline(batching, recognition, stop)));
            }
        }
        catch
        {
            pipelines.ForEach(pipeline => pipeline.Item2.Dispose());
            throw;
        }

        return new Loaded(new TokenClassificationEnsemble(pipelines, rules),
            ServedModel.IdentityOf(models, rules, several: models.Count > 1), output);
    }

    private ILabelWriter Writer(LabelFormat format, Loaded loaded, bool tokens) => format switch
    {
        LabelFormat.Pretty => new PrettyWriter(_terminal),
        LabelFormat.Json => new JsonWriter(_terminal.Results, loaded.Identity, tokens, loaded.Output.OffsetUnit),
        LabelFormat.Conll => new ConllWriter(_terminal.Output, rules: loaded.Identity.Rules is not null),
        _ => new LabelsWriter(_terminal.Output),
    };
}
