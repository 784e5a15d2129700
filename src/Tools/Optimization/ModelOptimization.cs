using System.Globalization;
using StreamNer.Inference;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Files;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Models.Onnx.Rewriting;
using StreamNer.Tools.Hub;

namespace StreamNer.Tools.Optimization;

/// <summary>Makes a model folder of another one, in fewer bits: written aside, tried out, compared, and only then put in place.</summary>
/// <remarks>
/// What is made lies in a <see cref="StagingFolder"/> beside the place until it is whole and good; whatever ends it before takes that away.
/// </remarks>
internal sealed class ModelOptimization(IOptimizationProgress progress)
{
    private const string Card = "README.md";
    private const int MostFiles = 1000;

    /// <summary>What a folder in Hugging Face layout holds besides weights.</summary>
    private static readonly HashSet<string> CopiedEndings = new(StringComparer.OrdinalIgnoreCase) { ".json", ".txt", ".model", ".md" };

    private static readonly string[] CopiedNames = ["LICENSE", "LICENCE", "NOTICE", "COPYING"];

    /// <summary>Makes the folder. Blocks.</summary>
    /// <param name="request">What, and whereto.</param>
    /// <param name="stop">Ends it, in the middle of a run too; nothing is left then.</param>
    /// <exception cref="OptimizationException">It can't be made, or labels too many words otherwise; nothing is left.</exception>
    /// <exception cref="ModelLoadException">The model to start from can't be loaded.</exception>
    public OptimizedModel Run(OptimizationRequest request, CancellationToken stop)
    {
        RefuseTaken(request.Place);
        var source = ModelFolder.Open(request.Folder, request.File);
        var directory = Path.GetDirectoryName(request.Place)!;
        Directory.CreateDirectory(directory);
        using var folder = StagingFolder.Create(directory, Path.GetFileName(request.Place));
        var staging = folder.Path;
        try
        {
            progress.Step($"rewriting {source.OnnxFile}, {ByteSize.Of(source.Description.SizeBytes)}");
            CopyBeside(request.Folder, staging, stop);
            var rewritten = OnnxRewrite.Run(
                source.OnnxFile, source.Description.Folder, staging, request.Precision, ProductVersion.Text, MemoryWatch.DefaultMostBytes,
                stop);

            progress.Step("trying it out");
            var made = Open(staging, stop);
            var comparison = Compare(source, made, request.Sample, stop);
            RefuseChanged(comparison, request);
            WriteCard(staging, source, request, comparison);
            stop.ThrowIfCancellationRequested();
            Place(staging, request.Place);
            return new OptimizedModel(request.Place, made.Description.Hash, request.Precision, rewritten, comparison);
        }
        catch (GraphRewriteException reason)
        {
            throw new OptimizationException(reason.Message, reason);
        }
    }

    private static void RefuseTaken(string place)
    {
        if (File.Exists(place) || Directory.Exists(place) && Directory.EnumerateFileSystemEntries(place).Any())
            throw new OptimizationException($"{place} is there already and is not replaced; remove it, or name another folder with --out");
    }

    private static void CopyBeside(string folder, string staging, CancellationToken stop)
    {
        List<string> problems = [];
        foreach (var path in Directory.EnumerateFiles(folder).Where(IsCopied).Order(StringComparer.Ordinal).Take(MostFiles))
        {
            stop.ThrowIfCancellationRequested();
            if (BoundedFile.Read(path, problems) is { } bytes)
                File.WriteAllBytes(Path.Combine(staging, Path.GetFileName(path)), bytes);
        }

        if (problems.Count > 0)
            throw new OptimizationException(string.Join("; ", problems));
    }

    /// <summary>What belongs to any export of the model; checksums are those of the files that were pulled.</summary>
    private static bool IsCopied(string path)
    {
        var name = Path.GetFileName(path);
        return name != ModelManifest.FileName && !name.StartsWith('.')
            && !name.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase)
            && (CopiedEndings.Contains(Path.GetExtension(name))
                || Array.Exists(CopiedNames, begin => name.StartsWith(begin, StringComparison.OrdinalIgnoreCase)));
    }

    private static ModelFolder Open(string staging, CancellationToken stop)
    {
        try
        {
            var made = ModelFolder.Open(staging);
            if (ModelTrial.Problems(made, stop) is { Count: > 0 } problems)
                throw new OptimizationException($"what came of it can't be used, so it was not kept: {string.Join("; ", problems)}");
            return made;
        }
        catch (ModelLoadException unusable)
        {
            throw new OptimizationException(
                $"what came of it can't be loaded, so it was not kept: {string.Join("; ", unusable.Problems)}", unusable);
        }
    }

    private LabelComparison Compare(ModelFolder source, ModelFolder made, IReadOnlyList<Document> sample, CancellationToken stop)
    {
        using var before = TokenClassificationPipeline.Load(source, stop: stop);
        using var after = TokenClassificationPipeline.Load(made, stop: stop);
        using var endBefore = stop.Register(before.Stop);
        using var endAfter = stop.Register(after.Stop);
        try
        {
            return LabelComparison.Of(before.Label, after.Label, sample, progress, stop);
        }
        finally
        {
            // A run that was ended shows as documents that failed, or as an exception; neither is what happened.
            stop.ThrowIfCancellationRequested();
        }
    }

    private static void RefuseChanged(LabelComparison comparison, OptimizationRequest request)
    {
        if (comparison.ChangedShare <= request.MostChangedShare)
            return;
        throw new OptimizationException(string.Create(
            CultureInfo.InvariantCulture,
            $"{comparison.Changed:N0} of {comparison.Words:N0} words of the sample ({comparison.ChangedShare:P2}) get another label, the "
                + $"limit is {request.MostChangedShare:P2} (--max-changed): the folder was not kept"));
    }

    private static void WriteCard(string staging, ModelFolder source, OptimizationRequest request, LabelComparison comparison)
    {
        var from = ModelManifest.Read(source.Description.Folder, out _) is { } manifest
            ? $"`{source.Description.Name}` {source.Description.Hash}, pulled from {manifest.Repository}, commit {manifest.Commit}"
                + (manifest.Licence is { } licence ? $", licence {licence}" : "")
            : $"`{source.Description.Name}` {source.Description.Hash}";
        var bits = request.Precision == WeightPrecision.Int8
            ? "matrices in 8 bits by column, large tables by row, multiplied with what comes in 8 bits too"
            : "float16";
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"\n## How this folder was made\n\n`streamner models optimize`, version {ProductVersion.Text}, of {from}: {bits}. Of "
                + $"{comparison.Words} words of a sample {comparison.Changed} got another label. The licence is that of the original.\n");
        File.AppendAllText(Path.Combine(staging, Card), text);
    }

    private static void Place(string staging, string place)
    {
        RefuseTaken(place);
        if (Directory.Exists(place))
            Directory.Delete(place);
        Directory.Move(staging, place);
    }
}

/// <summary>What is to be made.</summary>
internal sealed record OptimizationRequest
{
    /// <summary>Full path of the model folder to start from.</summary>
    public required string Folder { get; init; }

    /// <summary>ONNX file in it; empty takes the usual one.</summary>
    public string File { get; init; } = "";

    /// <summary>What to.</summary>
    public required WeightPrecision Precision { get; init; }

    /// <summary>Full path of the folder to make.</summary>
    public required string Place { get; init; }

    /// <summary>Texts on which the two are compared.</summary>
    public required IReadOnlyList<Document> Sample { get; init; }

    /// <summary>Largest share of the sample's words that may get another label, 0..1.</summary>
    public required double MostChangedShare { get; init; }
}

/// <summary>A folder that was made.</summary>
/// <param name="Folder">Full path.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="Precision">What it was made to.</param>
/// <param name="Rewritten">What was rewritten, and its size.</param>
/// <param name="Comparison">How it compares with the one that it was made from.</param>
internal sealed record OptimizedModel(
    string Folder, string Hash, WeightPrecision Precision, RewrittenModel Rewritten, LabelComparison Comparison);

/// <summary>Hears how far it is. One thread at a time.</summary>
internal interface IOptimizationProgress
{
    /// <summary>A step begins, in words.</summary>
    void Step(string what);
}

/// <summary>A model can't be optimized as asked: names the reason and the way out.</summary>
internal sealed class OptimizationException(string message, Exception? inner = null) : Exception(message, inner);
