using System.Text.Json;
using System.Text.Json.Serialization;
using StreamNer.Inference.Files;

namespace StreamNer.Tools.Hub;

/// <summary>Says in a model folder where its files came from and what they hash to, so that a copy can be checked without a hub.</summary>
internal sealed record ModelManifest
{
    /// <summary>Name of the file in the model's folder.</summary>
    public const string FileName = "streamner-manifest.json";

    private const int MaxBytes = 1 << 20;

    /// <summary>Longest of the texts beside the list of files, in UTF-16 units. They are shown.</summary>
    private const int MaxText = 2000;

    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web)
        {
            WriteIndented = true,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
        };

    /// <summary>The repository, as <c>owner/name</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>The revision that was asked for.</summary>
    public required string Revision { get; init; }

    /// <summary>The commit that it stood for.</summary>
    public required string Commit { get; init; }

    /// <summary>The hub.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The licence that the model card names.</summary>
    public string? Licence { get; init; }

    /// <summary>The ONNX file.</summary>
    public required string Model { get; init; }

    /// <summary>All files.</summary>
    public required IReadOnlyList<ManifestFile> Files { get; init; }

    /// <summary>Reads the manifest of a model folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="problem">Why it can't be read; null when it can, or when there is none.</param>
    public static ModelManifest? Read(string folder, out string? problem)
    {
        problem = null;
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            var bytes = BoundedFile.ReadUpTo(path, MaxBytes, out _);
            var manifest = bytes is null ? null : JsonSerializer.Deserialize<ModelManifest>(bytes, Json);
            if (manifest is not null && manifest.Files.All(file => file is not null && RepositoryPath.IsSafe(file.Path))
                && RepositoryPath.IsSafe(manifest.Model) && manifest.Texts().All(text => text is null or { Length: <= MaxText }))
            {
                return manifest;
            }

            problem = $"{path} is no manifest: too long, or it names no files or such outside of the folder; pull the model again";
        }
        catch (Exception broken) when (broken is JsonException or IOException or UnauthorizedAccessException)
        {
            problem = $"{path} can't be read: {broken.Message}; pull the model again";
        }

        return null;
    }

    private string?[] Texts() => [Repository, Revision, Commit, Endpoint, Licence];

    /// <summary>Writes the manifest into a model folder.</summary>
    public void Write(string folder) =>
        File.WriteAllBytes(Path.Combine(folder, FileName), [.. JsonSerializer.SerializeToUtf8Bytes(this, Json), (byte)'\n']);

    /// <summary>Holds the files of a folder against the manifest.</summary>
    /// <returns>Each that is missing or differs; empty when all are as they were pulled.</returns>
    public async Task<IReadOnlyList<string>> DifferencesAsync(string folder, CancellationToken stop)
    {
        List<string> problems = [];
        foreach (var file in Files)
        {
            var path = Path.Combine(folder, file.Path);
            if (!File.Exists(path))
                problems.Add($"{path} is missing; pull the model again");
            else if (!BoundedFile.IsRegular(path))
                problems.Add($"{path} is no regular file but a pipe, socket or device; pull the model again");
            else if (new FileInfo(path).Length is var size && size != file.SizeBytes)
                problems.Add($"{path} has {size} bytes, {file.SizeBytes} were pulled; pull the model again");
            else if ((await Checksum.OfFileAsync(path, stop)).Sha256 is var hash && hash != file.Sha256)
                problems.Add($"{path} is not what was pulled: its SHA-256 is {hash}, {file.Sha256} is recorded; pull the model again");
        }

        return problems;
    }
}

/// <summary>One file of a manifest.</summary>
/// <param name="Path">Its path in the folder.</param>
/// <param name="SizeBytes">Its size.</param>
/// <param name="Sha256">Its SHA-256, lower-case hex.</param>
internal sealed record ManifestFile(string Path, long SizeBytes, string Sha256);
