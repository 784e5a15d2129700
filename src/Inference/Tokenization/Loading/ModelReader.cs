using System.Text.Json;
using StreamNer.Inference.Files;
using StreamNer.Inference.Tokenization.AddedTokens;
using StreamNer.Inference.Tokenization.Pipeline;
using StreamNer.Inference.Tokenization.Subwords;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>Reads the <c>model</c> of a <c>tokenizer.json</c>: the vocabulary and how words are cut.</summary>
internal static class ModelReader
{
    /// <summary>Why the package isn't taken for unigram models.</summary>
    public const string NotExactForUnigram =
        "is Unigram, for which Microsoft.ML.Tokenizers adds up scores in 32 bits, so that words such as \"Girllll\" get other pieces";

    private const int LongestWordpieceWord = 100;

    // Bounds the time that one word can take: pieces times the longest piece.
    private const int LongestWordLimit = 10_000;

    /// <summary>A model that has been read and checked; its tables are built only when the rest of the folder is right too.</summary>
    public sealed record Draft(Vocabulary Vocabulary, Func<ISubwordModel> Build)
    {
        /// <summary>Id of the piece that stands for what the vocabulary lacks; null when the model names none.</summary>
        public int? Unknown { get; init; }

        /// <summary>True when a mark such as <c>##</c> says that a piece goes on with a word.</summary>
        public bool MarksContinuation { get; init; }

        /// <summary>
        /// What <see cref="PipelineTokenizer.MarkedLengths"/> wants: the length of each piece's name in code points, null without marks.
        /// </summary>
        public int[]? MarkedLengths(IEnumerable<AddedToken> addedTokens)
        {
            if (!MarksContinuation)
                return null;
            var names = Vocabulary.Ids.Select(piece => (piece.Key, piece.Value))
                .Concat(addedTokens.Select(token => (token.Content, token.Id)))
                .ToArray();
            var lengths = new int[names.Max(name => name.Item2) + 1];
            foreach (var (name, id) in names)
                lengths[id] = name.EnumerateRunes().Count();
            return lengths;
        }
    }

    /// <summary>Reads the model; null when there was a problem with it.</summary>
    public static Draft? Read(JsonFields root, bool byteLevel, SubwordEngine engine)
    {
        if (root.OptionalObject("model") is not { } model)
        {
            root.Problem("model", "is missing; export the tokenizer again");
            return null;
        }

        switch (model.OptionalText("type") ?? UntypedModel(model))
        {
            case ("Unigram" or "WordLevel" or "WordPiece") and var type when byteLevel:
                model.Problem("type", $"is \"{type}\" behind ByteLevel, where BPE alone is known");
                return null;
            case "WordPiece":
                return WordPiece(model, engine);
            case "BPE":
                return Bpe(model, byteLevel, engine);
            case "Unigram":
                RefusePackage(engine, NotExactForUnigram, message => model.Problem("type", message));
                return Unigram(model);
            case "WordLevel":
                RefusePackage(
                    engine, "is WordLevel, which Microsoft.ML.Tokenizers doesn't know", message => model.Problem("type", message));
                return WordLevel(model);
            case var type:
                model.Problem("type", $"is \"{type}\", known are BPE, Unigram, WordLevel, WordPiece");
                return null;
        }
    }

    /// <summary>Says of a model which the package doesn't cut exactly why it isn't taken for it.</summary>
    public static void RefusePackage(SubwordEngine engine, string reason, Action<string> problem)
    {
        if (engine == SubwordEngine.Package)
            problem($"{reason}; leave SubwordEngine at {SubwordEngine.Own}");
    }

    /// <summary>The draft of a WordPiece model; null when the unknown piece isn't in the vocabulary.</summary>
    public static Draft WordPieceDraft(
        Vocabulary vocabulary,
        int unknown,
        string unknownPiece,
        string prefix,
        int longestWord,
        SubwordEngine engine,
        Action<string> problem)
    {
        if (prefix.Length == 0)
            RefusePackage(engine, "has no prefix for pieces inside a word, which Microsoft.ML.Tokenizers needs", problem);
        if (vocabulary.Ids.Keys.FirstOrDefault(IsNoLine) is not null)
            RefusePackage(engine, "has a piece that is no line of its own, but Microsoft.ML.Tokenizers reads a piece a line", problem);
        return new Draft(vocabulary, engine == SubwordEngine.Package
            ? () => new PackageWordPieceModel(vocabulary.Ids, unknownPiece, unknown, prefix, longestWord)
            : () => new WordPieceModel(vocabulary.Ids, unknown, prefix, longestWord))
        {
            Unknown = unknown,
            MarksContinuation = prefix.Length > 0,
        };
    }

    /// <summary>The draft of BERT's own WordPiece: <c>##</c>, words of up to 100 code points.</summary>
    public static Draft BertDraft(
        Vocabulary vocabulary, int unknown, string unknownPiece, SubwordEngine engine, Action<string> problem) =>
        WordPieceDraft(vocabulary, unknown, unknownPiece, "##", LongestWordpieceWord, engine, problem);

    private static bool IsNoLine(string piece) => piece.AsSpan().ContainsAny('\r', '\n') || piece.AsSpan().Trim().Length != piece.Length;

    private static Draft? WordPiece(JsonFields model, SubwordEngine engine)
    {
        var unknownPiece = model.OptionalText("unk_token") ?? "[UNK]";
        var prefix = model.OptionalText("continuing_subword_prefix") ?? "##";
        var longestWord = model.OptionalNumber("max_input_chars_per_word", 1, LongestWordLimit) ?? LongestWordpieceWord;
        var map = model.OptionalObject("vocab");
        model.RefuseOthers();
        if (map is null)
        {
            model.Problem("vocab", "is missing, it must be an object of pieces with their ids");
            return null;
        }

        var vocabulary = Vocabulary.FromMap(map);
        if (vocabulary[unknownPiece] is { } unknown)
        {
            return WordPieceDraft(
                vocabulary, unknown, unknownPiece, prefix, longestWord, engine, message => model.Problem("vocab", message));
        }

        model.Problem("unk_token", $"is \"{unknownPiece}\", which is not in model.vocab");
        return null;
    }

    private static Draft? WordLevel(JsonFields model)
    {
        var unknownPiece = model.OptionalText("unk_token") ?? "<unk>";
        var map = model.OptionalObject("vocab");
        model.RefuseOthers();
        if (map is null)
        {
            model.Problem("vocab", "is missing, it must be an object of words with their ids");
            return null;
        }

        var vocabulary = Vocabulary.FromMap(map);
        if (vocabulary[unknownPiece] is { } unknown)
            return new Draft(vocabulary, () => new WordLevelModel(vocabulary.Ids, unknown)) { Unknown = unknown };
        model.Problem("unk_token", $"is \"{unknownPiece}\", which is not in model.vocab");
        return null;
    }

    private static Draft? Bpe(JsonFields model, bool byteLevel, SubwordEngine engine)
    {
        // What these change is not built: no model of these families has them.
        Refuse("continuing_subword_prefix", "");
        Refuse("end_of_word_suffix", "");
        if (model.OptionalReal("dropout") is { } dropout and not 0)
            model.Problem("dropout", $"is {dropout}, it must be 0: pieces must not be left to chance");
        var wholeWords = model.Flag("ignore_merges", false);
        if (wholeWords)
        {
            RefusePackage(
                engine,
                "is true, so that whole words of the vocabulary are not merged, which Microsoft.ML.Tokenizers doesn't know",
                message => model.Problem("ignore_merges", message));
        }

        var unknownPiece = model.OptionalText("unk_token");
        var fuseUnknown = model.Flag("fuse_unk", false);
        var byteFallback = model.Flag("byte_fallback", false);
        var map = model.OptionalObject("vocab");
        if (map is null)
        {
            model.Problem("vocab", "is missing, it must be an object of pieces with their ids");
            return null;
        }

        var vocabulary = Vocabulary.FromMap(map);
        var merges = BpeMergesReader.Read(model, vocabulary);
        model.RefuseOthers();
        var unknown = unknownPiece is null ? null : vocabulary[unknownPiece];
        if (unknownPiece is not null && unknown is null)
            model.Problem("unk_token", $"is \"{unknownPiece}\", which is not in model.vocab");
        var byteIds = byteFallback && !byteLevel ? AllBytes(model, vocabulary) : null;
        if (byteLevel)
        {
            return ByteBpeDraft(vocabulary, merges, wholeWords, engine, message => model.Problem("vocab", message)) is { } draft
                ? draft with { Unknown = unknown }
                : null;
        }

        RefusePackage(
            engine,
            "is BPE over characters, whose unknown ones Microsoft.ML.Tokenizers treats differently",
            message => model.Problem("type", message));
        return new Draft(vocabulary, () => new CharacterBpeModel(
            vocabulary.Ids,
            new BpeMerges(merges),
            unknown,
            fuseUnknown,
            byteIds,
            wholeWords))
        {
            Unknown = unknown,
        };

        void Refuse(string field, string allowed)
        {
            if (model.OptionalText(field) is { } value && value != allowed)
                model.Problem(field, $"is \"{value}\", it must be empty");
        }
    }

    // With some of them the reference puts an unknown piece behind the bytes of the characters that follow.
    private static int[]? AllBytes(JsonFields model, Vocabulary vocabulary)
    {
        var ids = BytePieces.Find(piece => vocabulary[piece]);
        if (Array.TrueForAll(ids, id => id < 0))
            return null;
        var missing = Array.FindIndex(ids, id => id < 0);
        while (missing >= 0 && !ByteAlphabet.InUtf8((byte)missing))
            missing = Array.FindIndex(ids, missing + 1, id => id < 0);
        if (missing >= 0)
            model.Problem("vocab", $"has no piece <0x{missing:X2}>, though byte_fallback is true and it has others of the kind");
        return ids;
    }

    /// <summary>The draft of byte-level BPE; null, with a problem, when the vocabulary lacks a byte.</summary>
    public static Draft? ByteBpeDraft(
        Vocabulary vocabulary,
        List<(int Left, int Right, int Merged)> merges,
        bool wholeWords,
        SubwordEngine engine,
        Action<string> problem)
    {
        var byteIds = new int[byte.MaxValue + 1];
        for (var b = 0; b < byteIds.Length; b++)
        {
            byteIds[b] = vocabulary[ByteAlphabet.Sign((byte)b).ToString()] ?? -1;
            if (byteIds[b] >= 0 || !ByteAlphabet.InUtf8((byte)b))
                continue;
            problem($"has no piece \"{ByteAlphabet.Sign((byte)b)}\" for the byte {b}, so it can't write every text; is it the right file?");
            return null;
        }

        if (vocabulary.Ids.Keys.Any(piece => piece.Contains(' ', StringComparison.Ordinal)))
            RefusePackage(engine, "has a piece with a blank, which Microsoft.ML.Tokenizers takes for two", problem);
        return new Draft(vocabulary, Build);

        ISubwordModel Build()
        {
            var own = new ByteBpeModel(vocabulary.Ids, byteIds, new BpeMerges(merges), wholeWords);
            return engine == SubwordEngine.Package ? new PackageByteBpeModel(vocabulary.Ids, merges, own) : own;
        }
    }

    private static Draft? Unigram(JsonFields model)
    {
        var unknown = model.OptionalNumber("unk_id", 0, Vocabulary.MaxId);
        var byteFallback = model.Flag("byte_fallback", false);
        var vocabulary = new Vocabulary();
        List<double> scores = [];
        foreach (var (element, place) in model.Elements("vocab"))
        {
            if (scores.Count > Vocabulary.MaxId)
            {
                model.Problem("vocab", $"has more than {Vocabulary.MaxId + 1} pieces; is it the right file?");
                return null;
            }

            if (!IsScoredPiece(element, out var piece, out var score))
            {
                model.Problem(place, "must be an array of a piece and its score");
                return null;
            }

            vocabulary.Set(piece, scores.Count);
            scores.Add(score);
        }

        model.RefuseOthers();
        return UnigramDraft(vocabulary, scores, unknown, byteFallback, message => model.Problem("vocab", message));
    }

    /// <summary>The draft of a unigram model; null, with a problem, when its unknown piece isn't there.</summary>
    public static Draft? UnigramDraft(Vocabulary vocabulary, List<double> scores, int? unknown, bool byteFallback, Action<string> problem)
    {
        if (unknown is { } id && id >= 0 && id < scores.Count)
        {
            return new Draft(vocabulary, () => new UnigramModel(
                vocabulary.Ids, [.. scores], id, byteFallback ? BytePieces.Find(piece => vocabulary[piece]) : null))
            {
                Unknown = id,
            };
        }

        problem(unknown is null
            ? "names no unknown piece (unk_id)"
            : $"has {scores.Count} pieces, and the unknown one (unk_id) is {unknown}");
        return null;
    }

    private static bool IsScoredPiece(JsonElement element, out string piece, out double score)
    {
        (piece, score) = ("", 0);
        return element.ValueKind == JsonValueKind.Array && element.GetArrayLength() == 2 && JsonFields.TryText(element[0], out piece)
            && element[1].ValueKind == JsonValueKind.Number && element[1].TryGetDouble(out score) && double.IsFinite(score);
    }

    // Files from before 2021 leave the type out.
    private static string UntypedModel(JsonFields model) =>
        model.Has("merges") ? "BPE" : model.Has("continuing_subword_prefix") ? "WordPiece" : "Unigram";
}
