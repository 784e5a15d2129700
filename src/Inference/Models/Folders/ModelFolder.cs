using StreamNer.Inference.Decoding;
using StreamNer.Inference.Files;
using StreamNer.Inference.Models.Onnx;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Tokenization.Loading;
using StreamNer.Inference.Tokenization.Pipeline;
using StreamNer.Inference.Tokenization.Subwords;

namespace StreamNer.Inference.Models.Folders;

/// <summary>A model folder in Hugging Face layout that was read and found whole. Immutable, any thread.</summary>
/// <remarks>
/// Its content is untrusted: files are bounded, paths stay inside the folder, and what isn't understood is refused by name.
/// </remarks>
public sealed class ModelFolder
{
    /// <summary>Longest input assumed where neither config nor tokenizer state one.</summary>
    private const int DefaultMaxPieces = 512;

    /// <summary>
    /// Longest input that is believed. Memory and time of a run grow with it, and the longest window is tried out when a model loads.
    /// </summary>
    private const int MostPieces = 32_768;

    /// <summary>Files that say which model it is, in the order of its hash.</summary>
    private static readonly string[] HashedNames =
    [
        "config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json", "merges.txt", "sentencepiece.bpe.model",
        "spiece.model", "spm.model", LabelTransitions.FileName,
    ];

    /// <summary>What else says how text becomes pieces, where no tokenizer.json says all of it.</summary>
    private static readonly string[] HashedBesides = ["special_tokens_map.json", "added_tokens.json"];

    /// <summary>What a folder holds whose model nobody has exported.</summary>
    private static readonly string[] Weights = ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "tf_model.h5"];

    private ModelFolder(
        string path,
        string onnxFile,
        ModelConfig config,
        IPieceTokenizer tokenizer,
        GraphSignature graph,
        LabelTransitions? learned)
    {
        OnnxFile = onnxFile;
        Tokenizer = tokenizer;
        Graph = graph;
        Model = new OnnxModel(
            path, onnxFile, graph, tokenizer.Special, config.Labels.Length, config.FirstPosition, tokenizer.VocabularySize - 1);
        Classifiers = new OnnxTokenClassifierFactory(Model);
        Description = new ModelDescription(
            System.IO.Path.GetFileName(path),
            HashOf(path, onnxFile),
            path,
            config.Family,
            config.Labels,
            LongestInput(config, tokenizer, graph),
            [.. graph.Inputs.Select(input => input.Name)],
            graph.HalfPrecision ? "float16" : "float32",
            SizeOf(onnxFile))
        {
            Notes = [.. config.Notes, .. graph.Notes(), .. tokenizer.Warnings, .. LengthNotes(config.MaxPositions, tokenizer.MaxPieces)],
        };
        Labels = LabelScheme.Recognise(config.Labels, learned);
    }

    /// <summary>What a user wants to know of the model.</summary>
    public ModelDescription Description { get; }

    /// <summary>What its labels mean.</summary>
    public LabelScheme Labels { get; }

    /// <summary>Whether the folder holds transitions that were learned with the model, <c>crf.json</c>.</summary>
    public bool HasLearnedTransitions => Labels.Learned is not null;

    /// <summary>Full path of the ONNX file.</summary>
    public string OnnxFile { get; }

    /// <summary>How its tokenizer cuts words: <c>WordPiece</c>, <c>byte-level BPE</c>, <c>BPE</c> or <c>Unigram</c>.</summary>
    public string TokenizerKind => Tokenizer is not PipelineTokenizer pipeline ? Tokenizer.GetType().Name : pipeline.Model switch
    {
        WordPieceModel or PackageWordPieceModel => "WordPiece",
        ByteBpeModel or PackageByteBpeModel => "byte-level BPE",
        CharacterBpeModel => "BPE",
        UnigramModel => "Unigram",
        WordLevelModel => "WordLevel",
        var other => other.GetType().Name,
    };

    /// <summary>Number of ids that the tokenizer gives, from 0 on.</summary>
    public int VocabularySize => Tokenizer.VocabularySize;

    internal IPieceTokenizer Tokenizer { get; }

    internal GraphSignature Graph { get; }

    /// <summary>What a classifier must know of it.</summary>
    internal OnnxModel Model { get; }

    /// <summary>Loads the model onto lanes.</summary>
    internal ITokenClassifierFactory Classifiers { get; }

    /// <summary>Reads and checks a model folder: config, tokenizer and graph, and that they fit together.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="file">
    /// The ONNX file inside it; empty takes <c>model.onnx</c>, else <c>onnx/model.onnx</c>, else the only ONNX file in these two places.
    /// </param>
    /// <param name="engine">Which implementation cuts words into pieces; refused where the two don't give the same.</param>
    /// <exception cref="ModelLoadException">Something is missing, broken or doesn't fit; it names all of it.</exception>
    public static ModelFolder Open(string path, string file = "", SubwordEngine engine = SubwordEngine.Own)
    {
        var folder = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (!Directory.Exists(folder))
            throw new ModelLoadException(folder, [$"{folder} does not exist"]);

        List<string> problems = [];
        var config = ModelConfig.Read(System.IO.Path.Combine(folder, "config.json"), problems);
        var tokenizer = TokenizerLoader.Load(folder, problems, engine);
        var onnxFile = FindOnnx(folder, file, problems);
        var graph = onnxFile is null ? null : OnnxInspector.Inspect(onnxFile, problems);

        if (config is not null && tokenizer is not null && config.VocabularySize < tokenizer.VocabularySize)
        {
            problems.Add($"vocabulary and model don't fit together: the tokenizer gives ids up to {tokenizer.VocabularySize - 1}, "
                + $"the model's vocab_size in config.json is {config.VocabularySize}");
        }

        if (config is not null && graph?.Labels is { } columns && columns != config.Labels.Length)
        {
            problems.Add($"id2label in config.json has {config.Labels.Length} labels, the model's output '{graph.Output}' has {columns}");
        }

        if (graph?.FixedWidth > MostPieces)
        {
            problems.Add($"{onnxFile}: the sequence is fixed at {graph.FixedWidth} pieces, at most {MostPieces} are run; export the model "
                + "with a sequence that is not fixed");
        }

        if (config is not null && tokenizer is not null
            && LongestInput(config, tokenizer, graph) is var longest && longest <= tokenizer.Special.Count)
        {
            problems.Add(
                $"the model's input holds {longest} pieces and the tokenizer puts {tokenizer.Special.Count} special ones into each, which "
                + "leaves no room for text: max_position_embeddings in config.json, model_max_length in tokenizer_config.json or the "
                + "graph's sequence is too small");
        }

        var learned = config is null
            ? null
            : LabelTransitions.Read(System.IO.Path.Combine(folder, LabelTransitions.FileName), config.Labels, problems);
        if (problems.Count > 0 || config is null || tokenizer is null || graph is null)
            throw new ModelLoadException(folder, problems);

        try
        {
            return new ModelFolder(folder, onnxFile!, config, tokenizer, graph, learned);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // A file that the tokenizer passes over may be a pipe, and still counts for the hash.
            throw new ModelLoadException(folder, [unreadable.Message], unreadable);
        }
    }

    /// <summary>Size of a file in bytes; of a link the size of what it leads to.</summary>
    public static long SizeOf(string path) =>
        ((FileInfo?)File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path)).Length;

    private static int LongestInput(ModelConfig config, IPieceTokenizer tokenizer, GraphSignature? graph)
    {
        var most = int.MaxValue;
        foreach (var limit in (ReadOnlySpan<int?>)[config.MaxPositions, tokenizer.MaxPieces, graph?.FixedWidth])
            most = Math.Min(most, limit ?? int.MaxValue);
        return most <= MostPieces ? most : DefaultMaxPieces;
    }

    private static string[] LengthNotes(int? positions, int? tokenizer) => positions > MostPieces && (tokenizer ?? positions) > MostPieces
        ? [$"config.json claims more than {MostPieces} positions (max_position_embeddings), which is not believed: windows have "
            + $"{DefaultMaxPieces} pieces; say there what the model was trained with"]
        : [];

    private static string? FindOnnx(string folder, string file, List<string> problems)
    {
        string[] candidates = file.Length > 0 ? [file] : ["model.onnx", "onnx/model.onnx"];
        foreach (var candidate in candidates)
        {
            var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, candidate));
            if (!path.StartsWith(folder + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                problems.Add($"the model file '{candidate}' lies outside of the model folder");
                return null;
            }

            if (File.Exists(path))
                return path;
        }

        string[] others = file.Length > 0 ? [] : [.. OnnxFiles(folder)];
        if (others.Length == 1)
            return others[0];
        if (others.Length > 1)
        {
            var names = string.Join(", ", others.Select(path => System.IO.Path.GetRelativePath(folder, path)));
            problems.Add($"{folder} has {others.Length} model files and none is called model.onnx: {names}; "
                + $"name one: {ModelOptions.Section}:File");
            return null;
        }

        var weights = Weights.FirstOrDefault(name => File.Exists(System.IO.Path.Combine(folder, name)));
        var wayOut = weights is null
            ? ""
            : $"; {weights} holds weights, which must be exported to ONNX: see \"Models without an ONNX file\" in docs/models.md";
        problems.Add($"no model file: looked for "
            + $"{string.Join(" and ", candidates.Select(name => System.IO.Path.Combine(folder, name)))}{wayOut}");
        return null;
    }

    /// <summary>The ONNX files where exporters put them, in the order of their names.</summary>
    private static IEnumerable<string> OnnxFiles(string folder) =>
        new[] { folder, System.IO.Path.Combine(folder, "onnx") }
            .Where(Directory.Exists)
            .SelectMany(place => Directory.EnumerateFiles(place, "*.onnx"))
            .Order(StringComparer.Ordinal);

    private static string HashOf(string folder, string onnxFile)
    {
        string[] besides = File.Exists(System.IO.Path.Combine(folder, "tokenizer.json")) ? [] : HashedBesides;
        var settings = HashedNames.Concat(besides).Select(name => System.IO.Path.Combine(folder, name)).Where(File.Exists);
        return FileHash.Of([.. settings, onnxFile, .. ExternalWeights.Of(onnxFile)])[..8];
    }
}
