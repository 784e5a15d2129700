using StreamNer.Inference.Files;
using StreamNer.Inference.Tokenization.Pipeline;
using StreamNer.Inference.Tokenization.Splitting;
using StreamNer.Inference.Tokenization.Subwords;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>Builds RoBERTa's tokenizer from <c>vocab.json</c> and <c>merges.txt</c>, for folders without a <c>tokenizer.json</c>.</summary>
internal static class RobertaFolderReader
{
    /// <summary>Name of the vocabulary: an object of pieces with their ids.</summary>
    public const string FileName = "vocab.json";

    private const string MergesName = "merges.txt";

    private static readonly string[] Known = ["RobertaTokenizer", "LongformerTokenizer"];

    /// <summary>Reads the folder; null when there was a problem.</summary>
    public static IPieceTokenizer? Read(string path, TokenizerSettings settings, SubwordEngine engine, ICollection<string> problems)
    {
        var before = problems.Count;
        if (settings.ClassName is { } className && !Known.Contains(className))
        {
            settings.Problem($"tokenizer_class is \"{className}\", known for {FileName} are {string.Join(", ", Known)}; "
                + $"export the tokenizer as {TokenizerJsonReader.FileName}");
        }

        if (JsonFields.Read(path, problems) is not { } map)
            return null;

        var vocabulary = Vocabulary.FromMap(map);
        var mergesPath = Path.Combine(Path.GetDirectoryName(path)!, MergesName);
        var merges = BoundedFile.ReadText(mergesPath, problems) is { } text
            ? BpeMergesReader.Read(mergesPath, text, vocabulary, problems)
            : [];
        var model = ModelReader.ByteBpeDraft(
            vocabulary, merges, wholeWords: false, engine, message => problems.Add($"{path}: {message}"));
        var tokens = new SpecialTokens(path, settings, piece => vocabulary[piece], problems);
        var cls = tokens.Add("cls_token", "<s>");
        var sep = tokens.Add("sep_token", "</s>");
        var pad = tokens.Add("pad_token", "<pad>");
        var unknown = tokens.Add("unk_token", "<unk>");
        tokens.AddOptional("mask_token", "<mask>", stripLeft: true);
        var size = tokens.SizeWithAdded(vocabulary.Size);
        foreach (var name in settings.AdditionalSpecialTokens ?? [])
            tokens.AddBehind(name, ref size);
        var addedTokens = tokens.WithAdded();
        var special = new SpecialPieces([cls], [sep], pad) { PadLeft = settings.PadLeft ?? false };
        var maxPieces = settings.MaxPieces;
        var addPrefixSpace = settings.Flag("add_prefix_space") ?? false;
        var trims = settings.Flag("trim_offsets") ?? true;
        TokenizerJsonReader.CheckRoom(settings, special, maxPieces);
        if (model is null || problems.Count > before)
            return null;
        return new PipelineTokenizer(addedTokens, [])
        {
            Splitters = [new ByteLevelSplitter(addPrefixSpace, split: true)],
            BlankBeforeWords = true,
            Model = model.Build(),
            Blanks = vocabulary.Blanks(ByteAlphabet.Blank),
            Unknown = unknown,
            Trimmer = trims ? new BlankTrimmer(vocabulary.Ids, [.. addedTokens.Select(token => token.Id)], addPrefixSpace) : null,
            VocabularySize = Math.Max(vocabulary.Size, addedTokens.Max(token => token.Id) + 1),
            Special = special,
            MaxPieces = maxPieces,
        };
    }
}
