using StreamNer.Inference.Files;
using StreamNer.Inference.Tokenization.AddedTokens;
using StreamNer.Inference.Tokenization.Pipeline;
using StreamNer.Inference.Tokenization.Splitting;
using StreamNer.Inference.Tokenization.Subwords;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>Builds the tokenizer that a <c>tokenizer.json</c> describes, and refuses by name whatever part it doesn't know.</summary>
internal static class TokenizerJsonReader
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "tokenizer.json";

    // Those in use have ten at most. Each may hold tables of a few megabytes.
    private const int MostSteps = 64;

    private static readonly string[] PadNames = ["[PAD]", "<pad>"];
    private static readonly string[] UnknownNames = ["[UNK]", "<unk>"];

    /// <summary>Reads the file; null when there was a problem.</summary>
    public static IPieceTokenizer? Read(string path, TokenizerSettings settings, SubwordEngine engine, ICollection<string> problems)
    {
        var before = problems.Count;
        if (JsonFields.Read(path, problems) is not { } root)
            return null;

        // Windows are cut and padded here, and nothing is decoded back into text.
        root.Skip("version", "truncation", "decoder");
        // BPE is over bytes or over characters; only the pre-tokenizer says which.
        var splitters = SplitterReader.Read(root, settings);
        var byteLevel = splitters.Any(step => step is ByteLevelSplitter);
        var model = ModelReader.Read(root, byteLevel, engine);
        var addedTokens = ReadAddedTokens(root, model?.Vocabulary);
        var normalizers = NormalizerReader.Read(root, settings);
        var frame = PostProcessorReader.Read(root);
        var pad = model is null ? 0 : ReadPad(root, model.Vocabulary, addedTokens, settings);
        var special = frame.Around(pad, settings.PadLeft ?? false);
        var maxPieces = settings.MaxPieces;
        root.RefuseOthers();

        var size = Math.Max(model?.Vocabulary.Size ?? 0, addedTokens.Select(token => token.Id + 1).DefaultIfEmpty().Max());
        CheckSpecial(root, special, size);
        CheckRoom(settings, special, maxPieces);
        if (model is null || problems.Count > before)
            return null;
        return new PipelineTokenizer(addedTokens, normalizers)
        {
            Splitters = splitters,
            Model = model.Build(),
            Trimmer = frame.TrimsBlanks
                ? new BlankTrimmer(
                    model.Vocabulary.Ids,
                    [.. addedTokens.Select(token => token.Id)],
                    (settings.BuildsRobertaProcessor ? settings.Flag("add_prefix_space") : null) ?? frame.AddsPrefixSpace)
                : null,
            BlankBeforeWords = settings.WantsPrefixSpaceForWords ?? frame.IsRoberta,
            Unknown = Unknown(model, addedTokens, settings),
            Blanks = model.Vocabulary.Blanks(byteLevel ? ByteAlphabet.Blank : MetaspaceSplitter.UsualSign),
            MarkedLengths = model.MarkedLengths(addedTokens),
            VocabularySize = size,
            Special = special,
            MaxPieces = maxPieces,
            Warnings = [.. settings.Warnings],
        };
    }

    // Byte-level models have no unknown piece that they would ever give, but a text may spell it out.
    private static int? Unknown(ModelReader.Draft model, List<AddedToken> addedTokens, TokenizerSettings settings)
    {
        if (settings.SpecialToken("unk_token") is { } stated && Id(stated) is { } id)
            return id;
        return model.Unknown ?? UnknownNames.Select(Id).FirstOrDefault(known => known is not null);

        int? Id(string name) => addedTokens.Find(token => token.Content == name)?.Id ?? model.Vocabulary[name];
    }

    /// <summary>Says that no piece of a text fits between the special ones.</summary>
    public static void CheckRoom(TokenizerSettings settings, SpecialPieces special, int? maxPieces)
    {
        if (maxPieces <= special.Count)
            settings.Problem($"model_max_length is {maxPieces}, {special.Count} of which are special pieces; it must leave room for text");
    }

    /// <summary>Bounds what the steps of a part take all together.</summary>
    /// <exception cref="InvalidDataException">There would be more than are read.</exception>
    public static void CheckSteps(string part, int steps)
    {
        if (steps > MostSteps)
            throw new InvalidDataException($"{part} has more than {MostSteps} steps; is {FileName} the right file?");
    }

    private static List<AddedToken> ReadAddedTokens(JsonFields root, Vocabulary? vocabulary)
    {
        List<AddedToken> tokens = [];
        HashSet<string> contents = new(StringComparer.Ordinal);
        foreach (var fields in root.Objects("added_tokens"))
        {
            var id = fields.Number("id", 0, Vocabulary.MaxId);
            if (AddedTokenReader.Read(fields, id) is not { } token)
                continue;
            if (vocabulary?[token.Content] is { } known && known != id)
                fields.Problem("id", $"is {id}, but \"{token.Content}\" has the id {known} in model.vocab; they must be the same");
            else if (!contents.Add(token.Content))
                fields.Problem("content", $"is \"{token.Content}\", which an added token before it has too; keep one of them");
            else
                tokens.Add(token);
        }

        return tokens;
    }

    private static int ReadPad(JsonFields root, Vocabulary vocabulary, List<AddedToken> addedTokens, TokenizerSettings settings)
    {
        var padding = root.OptionalObject("padding");
        string?[] stated = [settings.SpecialToken("pad_token"), padding?.OptionalText("pad_token")];
        var names = stated.OfType<string>().ToArray() is { Length: > 0 } some ? some : PadNames;
        foreach (var name in names)
        {
            if ((addedTokens.Find(token => token.Content == name)?.Id ?? vocabulary[name]) is { } id)
                return id;
        }

        root.Problem(
            "model.vocab",
            $"has no {string.Join(" or ", names)} to pad with; name its padding token as pad_token in {settings.ConfigPath}");
        return 0;
    }

    private static void CheckSpecial(JsonFields root, SpecialPieces special, int size)
    {
        foreach (var id in special.Before.Concat(special.After).Where(id => id >= size))
            root.Problem("post_processor", $"uses the id {id}, but the vocabulary ends at {size - 1}");
    }
}
