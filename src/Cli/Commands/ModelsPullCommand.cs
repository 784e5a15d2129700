using System.CommandLine;
using StreamNer.Actors;
using StreamNer.Cli.Models;
using StreamNer.Cli.Terminal;
using StreamNer.Inference.Domain;
using StreamNer.Tools.Hub;

namespace StreamNer.Cli.Commands;

/// <summary><c>streamner models pull</c>: fetches a model from a Hugging Face hub, or one that speaks like it.</summary>
internal sealed class ModelsPullCommand
{
    private readonly CommandTerminal _terminal;
    private readonly Argument<string> _repository = new("OWNER/NAME") { Description = "The repository." };
    private readonly Option<string> _revision = new("--revision")
    {
        Description = "Branch, tag or commit. Default: main.",
        HelpName = "REVISION",
        DefaultValueFactory = _ => "main"
    };

    private readonly Option<string?> _file = new("--file")
    {
        Description = "ONNX file of the repository. Default: model.onnx, else onnx/model.onnx, else the only one.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _directory =
        ModelsCommand.DirectoryOption("Directory that the model's folder is put into. Default: models below the current directory.");
    private readonly Option<string?> _name =
        new("--as") { Description = "Name of the folder. Default: the repository's.", HelpName = "NAME" };
    private readonly Option<bool> _force =
        new("--force") { Description = "Replaces a folder that is there already and holds something else." };

    private readonly Option<string?> _endpoint = new("--endpoint")
    {
        Description = $"Address of the hub. Default: the environment's HF_ENDPOINT, else {HubSettings.DefaultEndpoint}. HF_TOKEN opens "
            + $"private and gated repositories.",
        HelpName = "URL",
    };

    private readonly Option<bool> _allowHttp =
        new("--allow-http") { Description = "Takes addresses without encryption on other machines. The token is not sent over them." };

    private readonly Option<long> _maxBytes = new("--max-bytes")
    {
        Description = $"Most bytes of all files together. Default: {PullRequest.DefaultMaxBytes}.",
        HelpName = "N",
        CustomParser = OptionValue.Whole<long>,
        DefaultValueFactory = _ => PullRequest.DefaultMaxBytes,
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress and no summary on standard error." };

    private ModelsPullCommand(CommandTerminal terminal, Verb verb)
    {
        _terminal = terminal;
        verb.Arguments.Add(_repository);
        foreach (var option in (Option[])[_revision, _file, _directory, _name, _force, _endpoint, _allowHttp, _maxBytes, _quiet])
            verb.Options.Add(option);
        verb.SetAction(RunAsync);
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CommandTerminal terminal)
    {
        var verb = new Verb(
            "pull",
            "Fetches a model that has an ONNX file, checks it and puts it into its folder, whose path goes to standard output. An "
                + "interrupted pull goes on where it stopped.",
            "streamner models pull Xenova/bert-base-NER --file onnx/model_quantized.onnx",
            "streamner models pull owner/name --revision v1.0 --dir /models --as name-v1",
            "HF_ENDPOINT=https://mirror.example HF_TOKEN=hf_... streamner models pull owner/private-model");
        _ = new ModelsPullCommand(terminal, verb);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var (request, settings) = Read(arguments);
        using var hub = new HubClient(settings);
        var quiet = arguments.GetValue(_quiet);
        var pulled = quiet || !_terminal.ErrorIsTerminal
            ? await new ModelPull(hub, new LinePullProgress(_terminal.Error, quiet)).PullAsync(request, stop)
            : await BarPullProgress.On(_terminal.ErrorConsole)
                .StartAsync(context => new ModelPull(hub, new BarPullProgress(context)).PullAsync(request, stop));

        _terminal.Output.Write($"{pulled.Folder}\n");
        if (!quiet)
            Summarise(pulled);
        return ExitCodes.Done;
    }

    private void Summarise(PulledModel pulled)
    {
        var manifest = pulled.Manifest;
        var what = $"{manifest.Repository} {manifest.Model}, commit {manifest.Commit}, {manifest.Files.Count} files, "
            + $"{ByteSize.Of(manifest.Files.Sum(file => file.SizeBytes))}";
        _terminal.Error.WriteLine($"streamner: {(pulled.IsNew ? "pulled" : "is there already, whole:")} "
            + $"{VisibleText.Of(what, keepLines: false)}");
        if (manifest.Licence is { } licence)
            _terminal.Error.WriteLine($"streamner: licence, as the model card says: {VisibleText.Of(licence, keepLines: false)}");
        _terminal.Error.WriteLine($"streamner: use it with --model "
            + $"{VisibleText.Of(Path.GetRelativePath(Environment.CurrentDirectory, pulled.Folder))}");
    }

    private (PullRequest Request, HubSettings Settings) Read(ParseResult arguments)
    {
        List<string> problems = [];
        var repository = arguments.GetValue(_repository)!;
        var revision = arguments.GetValue(_revision)!;
        var file = arguments.GetValue(_file);
        var name = arguments.GetValue(_name) ?? repository.Split('/')[^1];
        var maxBytes = arguments.GetValue(_maxBytes);
        if (RepositoryName.Problem(repository) is { } noRepository)
            problems.Add(noRepository);
        else if (RepositoryName.FolderProblem(name) is { } noFolder)
            problems.Add($"--as {noFolder}");
        if (RepositoryName.RevisionProblem(revision) is { } noRevision)
            problems.Add($"--revision {noRevision}");
        if (file is not null && !(RepositoryPath.IsSafe(file) && file.EndsWith(".onnx", StringComparison.Ordinal)))
            problems.Add($"--file '{file}': it must be the path of an .onnx file in the repository, such as onnx/model_quantized.onnx");
        if (maxBytes < 1)
            problems.Add($"--max-bytes {maxBytes}: it must be 1 or more");
        var settings =
            HubSettings.Of(arguments.GetValue(_endpoint), arguments.GetValue(_allowHttp), Environment.GetEnvironmentVariable, problems);
        ArgumentsException.ThrowIfAny(problems);
        return (new PullRequest
        {
            Repository = repository,
            Revision = revision,
            File = file,
            Directory = ModelDirectories.ForNew(arguments.GetValue(_directory)),
            Name = name,
            Force = arguments.GetValue(_force),
            MaxBytes = maxBytes,
        }, settings!);
    }
}
