using StreamNer.Inference.Tokenization.Subwords;

namespace StreamNer.Inference.Tokenization.Files;

/// <summary>Reads the <c>model</c> of a <c>tokenizer.json</c>: the vocabulary and how words are cut.</summary>
internal static class ModelReader
{
    private const int LongestWordpieceWord = 100;

    // Bounds the time that one word can take: pieces times the longest piece.
    private const int LongestWordLimit = 10_000;

    /// <summary>A model that has been read and checked; its tables are built only when the rest of the folder is right too.</summary>
    public sealed record Draft(Vocabulary Vocabulary, Func<ISubwordModel> Build);

    /// <summary>Reads the model; null when there was a problem with it.</summary>
    public static Draft? Read(JsonFields root, SubwordEngine engine)
    {
        if (root.OptionalObject("model") is not { } model)
        {
            root.Problem("model", "is missing; export the tokenizer again");
            return null;
        }

        switch (model.OptionalText("type") ?? UntypedModel(model))
        {
            case "WordPiece":
                return WordPiece(model, engine);
            case var type:
                model.Problem("type", $"is \"{type}\", known are WordPiece");
                return null;
        }
    }

    /// <summary>The draft of a WordPiece model; null when the unknown piece isn't in the vocabulary.</summary>
    public static Draft WordPieceDraft(Vocabulary vocabulary, int unknown, string unknownPiece, string prefix, int longestWord, SubwordEngine engine) =>
        new(vocabulary, engine == SubwordEngine.Package
            ? () => new PackageWordPieceModel(vocabulary.Ids, unknownPiece, unknown, prefix, longestWord)
            : () => new WordPieceModel(vocabulary.Ids, unknown, prefix, longestWord));

    /// <summary>The draft of BERT's own WordPiece: <c>##</c>, words of up to 100 code points.</summary>
    public static Draft BertDraft(Vocabulary vocabulary, int unknown, string unknownPiece, SubwordEngine engine) =>
        WordPieceDraft(vocabulary, unknown, unknownPiece, "##", LongestWordpieceWord, engine);

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
            return WordPieceDraft(vocabulary, unknown, unknownPiece, prefix, longestWord, engine);
        model.Problem("unk_token", $"is \"{unknownPiece}\", which is not in model.vocab");
        return null;
    }

    // Files from before 2021 leave the type out.
    private static string UntypedModel(JsonFields model) =>
        model.Has("merges") ? "BPE" : model.Has("continuing_subword_prefix") ? "WordPiece" : "Unigram";
}
