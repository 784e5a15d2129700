using StreamNer.Inference.Files;
using StreamNer.Inference.Tokenization.AddedTokens;
using StreamNer.Inference.Tokenization.Normalizing;
using StreamNer.Inference.Tokenization.Pipeline;
using StreamNer.Inference.Tokenization.Splitting;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>
/// Builds BERT's tokenizer from <c>vocab.txt</c> and <c>tokenizer_config.json</c>, for folders without a <c>tokenizer.json</c>.
/// </summary>
internal static class BertFolderReader
{
    /// <summary>Name of the vocabulary: a piece a line, its id is the line's number from 0.</summary>
    public const string FileName = "vocab.txt";

    /// <summary>Reads the folder; null when there was a problem.</summary>
    public static IPieceTokenizer? Read(string path, TokenizerSettings settings, SubwordEngine engine, ICollection<string> problems)
    {
        var before = problems.Count;
        RefuseOtherRules(settings);
        var vocabulary = ReadLines(path, problems);
        if (vocabulary is null)
            return null;

        var unknownPiece = settings.SpecialToken("unk_token") ?? "[UNK]";
        var unknown = Special("unk_token", unknownPiece);
        var cls = Special("cls_token", settings.SpecialToken("cls_token") ?? "[CLS]");
        var sep = Special("sep_token", settings.SpecialToken("sep_token") ?? "[SEP]");
        var pad = Special("pad_token", settings.SpecialToken("pad_token") ?? "[PAD]");
        var mask = settings.SpecialToken("mask_token") ?? "[MASK]";
        var addedTokens = AddedTokens([unknown, cls, sep, pad, new Named(mask, vocabulary[mask] ?? -1)], vocabulary, settings);
        var lowerCase = LowerCase(path, vocabulary, addedTokens, settings);
        if (settings.Flag("do_basic_tokenize") == false)
            settings.Problem("do_basic_tokenize is false, which is not known here; export the tokenizer as tokenizer.json");
        var special = new SpecialPieces([cls.Id], [sep.Id], pad.Id) { PadLeft = settings.PadLeft ?? false };
        var maxPieces = settings.MaxPieces;
        TokenizerJsonReader.CheckRoom(settings, special, maxPieces);
        var normalizer = new BertNormalizer(
            cleanText: true,
            splitIdeographs: settings.Flag("tokenize_chinese_chars") ?? true,
            stripAccents: settings.Flag("strip_accents") ?? lowerCase,
            lowerCase);
        var model = ModelReader.BertDraft(
            vocabulary, unknown.Id, unknownPiece, engine, message => problems.Add($"{path}: {message}"));
        if (problems.Count > before)
            return null;
        return new PipelineTokenizer(addedTokens, [normalizer])
        {
            Splitters = [new BertSplitter()],
            Model = model.Build(),
            Unknown = unknown.Id,
            MarkedLengths = model.MarkedLengths(addedTokens),
            VocabularySize = Math.Max(vocabulary.Size, addedTokens.Max(token => token.Id) + 1),
            Special = special,
            MaxPieces = maxPieces,
        };

        Named Special(string role, string piece)
        {
            if (vocabulary[piece] is { } id)
                return new Named(piece, id);
            problems.Add(
                $"{path}: has no line {piece}, which is the {role}; add it, or name another piece as {role} in {settings.ConfigPath}");
            return new Named(piece, -1);
        }
    }

    // Other classes have a vocab.txt too, for words that are cut by a dictionary, by other merges or by SentencePiece.
    private static void RefuseOtherRules(TokenizerSettings settings)
    {
        if (settings.ClassName is { } name && !TokenizerSettings.BertClasses.Contains(name))
        {
            settings.Problem($"tokenizer_class is \"{name}\", known for {FileName} are {string.Join(", ", TokenizerSettings.BertClasses)}; "
                + $"export the tokenizer as {TokenizerJsonReader.FileName}");
            return;
        }

        foreach (var (field, known) in new[] { ("word_tokenizer_type", "basic"), ("subword_tokenizer_type", "wordpiece") })
        {
            if (settings.Text(field) is { } value && value != known)
                settings.Problem($"{field} is \"{value}\", known is {known}; export the tokenizer as {TokenizerJsonReader.FileName}");
        }
    }

    private static Vocabulary? ReadLines(string path, ICollection<string> problems)
    {
        if (BoundedFile.ReadText(path, problems) is not { } text)
            return null;

        var vocabulary = new Vocabulary();
        var id = 0;
        foreach (var line in text.AsSpan().TrimEnd('\n').Split('\n'))
        {
            if (id > Vocabulary.MaxId)
            {
                problems.Add($"{path}: has more than {Vocabulary.MaxId + 1} lines; is it the right file?");
                return null;
            }

            // A piece that comes twice has the later line's id, as in the reference.
            vocabulary.Set(text.AsSpan()[line].TrimEnd().ToString(), id++);
        }

        return vocabulary;
    }

    private static List<AddedToken> AddedTokens(IEnumerable<Named> special, Vocabulary vocabulary, TokenizerSettings settings)
    {
        Dictionary<string, AddedToken> tokens = new(StringComparer.Ordinal);
        foreach (var (piece, id) in special.Where(token => token.Id >= 0))
            Add(piece, id);
        foreach (var token in settings.AddedTokens())
            tokens[token.Content] = token;

        // What no file has gets the ids behind, as in the reference.
        var size = tokens.Values.Select(token => token.Id + 1).Append(vocabulary.Size).Max();
        foreach (var name in settings.AdditionalSpecialTokens ?? [])
        {
            if (!tokens.ContainsKey(name))
                Add(name, vocabulary[name] ?? size++);
        }

        return [.. tokens.Values];

        void Add(string piece, int id) =>
            tokens[piece] = new AddedToken(piece, id, SingleWord: false, StripLeft: false, StripRight: false, Normalized: false)
            {
                Special = true,
            };
    }

    // The reference lowers the case unless told otherwise. For a vocabulary with capitals that would be wrong without a word.
    private static bool LowerCase(string path, Vocabulary vocabulary, List<AddedToken> addedTokens, TokenizerSettings settings)
    {
        if (settings.Flag("do_lower_case") is { } stated)
            return stated;
        var capital = vocabulary.Ids.Keys.FirstOrDefault(piece =>
            piece.AsSpan().ContainsAnyInRange('A', 'Z') && !piece.StartsWith('[') && !addedTokens.Exists(token => token.Content == piece));
        if (capital is not null)
        {
            settings.Problem($"nothing says whether {Path.GetFileName(path)} is lower case, and it has \"{capital}\"; "
                + $"state do_lower_case in {settings.ConfigPath}");
        }

        return true;
    }

    private readonly record struct Named(string Piece, int Id);
}
