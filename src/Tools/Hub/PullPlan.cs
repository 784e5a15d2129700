using System.Collections.Immutable;
using System.Globalization;

namespace StreamNer.Tools.Hub;

/// <summary>What to pull, and whereto. Its names are checked.</summary>
internal sealed record PullRequest
{
    /// <summary>Most bytes unless the command line allows more: no token-classification model in use comes near.</summary>
    public const long DefaultMaxBytes = 16L * 1000 * 1000 * 1000;

    /// <summary>The repository, as <c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Branch, tag or commit.</summary>
    public string Revision { get; init; } = "main";

    /// <summary>The ONNX file; null takes the one with the usual name.</summary>
    public string? File { get; init; }

    /// <summary>The directory that model folders lie in.</summary>
    public required string Directory { get; init; }

    /// <summary>Name of the model's folder in it.</summary>
    public required string Name { get; init; }

    /// <summary>Whether a folder of that name is replaced.</summary>
    public bool Force { get; init; }

    /// <summary>Most bytes of all files together.</summary>
    public long MaxBytes { get; init; } = DefaultMaxBytes;
}

/// <summary>Which files of a repository make a model folder.</summary>
/// <param name="Model">Path of the ONNX file.</param>
/// <param name="Files">All files to pull, the small ones first.</param>
internal sealed record PullPlan(string Model, IReadOnlyList<RepositoryFile> Files)
{
    private const string Suffix = ".onnx";

    /// <summary>ONNX files that a message names, at most.</summary>
    private const int MostNamed = 10;

    private static readonly ImmutableHashSet<string> Wanted =
    [
        "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.txt", "vocab.json", "merges.txt", "sentencepiece.bpe.model", "spiece.model", "spm.model", "tokenizer.model",
        "crf.json",
        "README.md", "LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE",
    ];

    private static readonly ImmutableArray<string> DefaultModels = ["model.onnx", "onnx/model.onnx"];

    /// <summary>Size of all files; what the hub doesn't say counts as nothing. Never more than a number holds.</summary>
    public long Bytes => Files.Aggregate(0L, (sum, file) => Math.Min(sum + (file.SizeBytes ?? 0), long.MaxValue / 2));

    /// <summary>Chooses the files.</summary>
    /// <param name="listing">What the repository holds.</param>
    /// <param name="model">The ONNX file that was asked for; null takes <c>model.onnx</c>, else <c>onnx/model.onnx</c>, else the only
    /// one.</param>
    /// <param name="maxBytes">Most bytes in all.</param>
    /// <exception cref="HubException">The repository makes no model folder, or too large a one.</exception>
    public static PullPlan Of(RepositoryListing listing, string? model, long maxBytes)
    {
        var repository = listing.Repository;
        string[] graphs = [.. listing.Files.Select(file => file.Path).Where(path => path.EndsWith(Suffix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];
        if (graphs.Length == 0)
        {
            throw new HubException($"{repository} has no ONNX file. Make one where Python can be installed, and copy the folder: "
                + $"pip install optimum-onnx[onnxruntime] && optimum-cli export onnx --model {repository} --task "
                + $"token-classification {repository.Split('/')[^1]}");
        }

        var chosen = model is not null ? graphs.FirstOrDefault(path => path == model) : DefaultModels.FirstOrDefault(graphs.Contains)
            ?? (graphs.Length == 1 ? graphs[0] : null);
        if (chosen is null)
        {
            throw new HubException(model is not null
                ? $"{repository} has no file '{model}'; its ONNX files are {Names(graphs)}"
                : $"{repository} has {graphs.Length} ONNX files and none is called model.onnx; choose one with "
                    + $"--file: {Names(graphs)}");
        }

        if (!listing.Files.Any(file => file.Path == "config.json"))
            throw new HubException($"{repository} has no config.json with the names of its labels, so it is no model that can be loaded");

        // A graph above 2 GB keeps its tables in files beside it.
        var files = listing.Files
            .Where(file => Wanted.Contains(file.Path) || file.Path == chosen || file.Path.StartsWith(chosen
                + "_data", StringComparison.Ordinal) || file.Path.StartsWith(chosen + ".data", StringComparison.Ordinal))
            .DistinctBy(file => file.Path)
            .OrderBy(file => file.Path.StartsWith(chosen, StringComparison.Ordinal))
            .ThenBy(file => file.Path, StringComparer.Ordinal)
            .ToArray();
        var plan = new PullPlan(chosen, files);
        return plan.Bytes <= maxBytes
            ? plan
            : throw new HubException(string.Create(CultureInfo.InvariantCulture, $"{repository}: {plan.Files.Count} files with "
                + $"{ByteSize.Of(plan.Bytes)}, at most {ByteSize.Of(maxBytes)} are pulled; --max-bytes allows more"));
    }

    private static string Names(string[] graphs) => graphs.Length <= MostNamed
        ? string.Join(", ", graphs)
        : $"{string.Join(", ", graphs.Take(MostNamed))} and {graphs.Length - MostNamed} more";
}
