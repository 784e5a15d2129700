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
