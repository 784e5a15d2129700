using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamNer.Inference.Tokenization.Subwords;
using StreamNer.Streams.Wire;
using StreamNer.TestSupport;

namespace StreamNer.Fuzz;

/// <summary>Inputs that are right, small, and together use every part that is known.</summary>
internal static class Seeds
{
    private const string Unigram = """
        {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["<pad>", 0], ["\u2581a", -1], ["b", -2]]}
        """;

    private const string WordPiece = """
        {"type": "WordPiece", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "[PAD]": 1, "a": 2, "##b": 3}}
        """;

    private static readonly string Bpe = JsonSerializer.Serialize(new
    {
        type = "BPE",
        ignore_merges = true,
        byte_fallback = true,
        vocab = Enumerable.Range(0, 256).Select(b => (Piece: $"<0x{b:X2}>", Id: b))
            .Concat(Enumerable.Range(0, 256).Select(b => (Piece: ByteAlphabet.Sign((byte)b).ToString(), Id: 300 + b)))
            .Concat([(Piece: "[PAD]", Id: 256), (Piece: "ab", Id: 257)])
            .ToDictionary(piece => piece.Piece, piece => piece.Id),
        merges = new[] { new[] { "a", "b" } },
    });

    public static byte[][] Tokenizers { get; } =
    [
        .. Directory.EnumerateFiles(Repository.File("tests", "parity", "families"), "*.json").Order().Select(Small),
        .. Parts().Select(Encoding.UTF8.GetBytes),
    ];

    public static byte[][] Expressions { get; } =
    [
        .. Bytes(
            @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
            @"(?i:'s|'t)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
            @"(?<=\p{L})-(?=\p{L})|^a|b$|\bword\b|(?>a+)b|(?:x){2,5}|[a-z]|\x{1F600}|(a|aa)+b"),
    ];

    public static byte[][] Rules { get; } =
    [
        .. Bytes(
            """
            {"label": "ORG", "pattern": "Acme Co", "id": "1"}
            {"label": "DATE", "pattern": {"regex": "\\d{4}-\\d{2}"}}
            """,
            """{"label": "ORG", "pattern": {"regex": "(?i)acme (?=co)"}, "id": "2"}"""),
    ];

    public static byte[][] Records { get; } =
    [
        .. Bytes(
            "John Smith lives in Zürich",
            """{"id": "1", "text": "John Smith", "more": [1, 2.5, {"a": null}]}""",
            """{"specversion": "1.0", "id": "a", "source": "/x", "type": "t", "data": {"text": "x"}}""",
            """{"specversion": "1.0", "id": "a", "source": "/", "type": "t", "datacontenttype": "text/plain", "data_base64": "SQ=="}"""),
    ];

    public static byte[][] Configs { get; } =
    [
        .. Bytes(
            """{"model_type": "bert", "vocab_size": 30, "max_position_embeddings": 512, "id2label": {"0": "O", "1": "B-PER", "2": "I-PER"}}""",
            """{"model_type": "roberta", "pad_token_id": 1, "max_position_embeddings": 514, "id2label": {"1": "B-PER", "2": "I-PER"}}"""),
    ];

    public static byte[][] Corpora { get; } =
    [
        .. Bytes(
            "-DOCSTART- -X- O O\n\nSarah NNP B-NP B-PER\nlives VBZ B-VP O\n\n",
            "# text = Sarah lives\n1\tSarah\t_\tPROPN\t_\t_\t_\t_\t_\t_\n1-2\tx\t_\t_\t_\t_\t_\t_\t_\t_\n\n"),
    ];

    public static byte[][] Bodies { get; } =
    [
        .. Bytes(
            """{"text": "John Smith lives in Zürich", "tokens": true}""",
            """{"texts": ["John", "Smith \ud83d\ude00"], "model": "en-ner-small"}""",
            """{"words": ["John", "Smith"]}"""),
    ];

    public static byte[][] Graphs { get; } =
    [
        .. new[] { "bert", "roberta", "xlnet" }
            .Select(name => File.ReadAllBytes(Repository.File("tests", "parity", "models", name, "model.onnx"))),
    ];

    public static AssignedPartition Partition { get; } = new("documents", 0);

    private static IEnumerable<byte[]> Bytes(params string[] texts) => texts.Select(Encoding.UTF8.GetBytes);

    /// <summary>A family's file with a small vocabulary in the place of its own.</summary>
    private static byte[] Small(string path)
    {
        var file = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
        var kind = file["model"]!.ToString();
        (string Model, (string Text, int Id)[] Tokens) small = (Bpe, [("[PAD]", 256)]);
        if (kind.Contains("xlmr", StringComparison.Ordinal))
            small = (Unigram, [("<unk>", 0), ("<pad>", 1)]);
        else if (kind.Contains("bert-", StringComparison.Ordinal))
            small = (WordPiece, [("[UNK]", 0), ("[PAD]", 1)]);
        file["model"] = JsonNode.Parse(small.Model);
        if (file["normalizer"]?.ToJsonString().Contains("charsmap", StringComparison.Ordinal) == true)
            file["normalizer"] = JsonNode.Parse("""{"type": "NFKC"}""");
        file["added_tokens"] = new JsonArray([.. file["added_tokens"]!.AsArray().Zip(small.Tokens, (token, own) =>
        {
            var kept = token!.DeepClone();
            (kept["content"], kept["id"]) = (own.Text, own.Id);
            return kept;
        })]);
        file["post_processor"] = null;
        return JsonSerializer.SerializeToUtf8Bytes(file);
    }

    private static IEnumerable<string> Parts()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Repository.File("tests", "parity", "parts.json")));
        foreach (var part in file.RootElement.GetProperty("parts").EnumerateArray())
        {
            var normalizer = part.TryGetProperty("normalizer", out var steps) ? steps.GetRawText() : "null";
            var splitter = part.TryGetProperty("pre_tokenizer", out var cuts) ? cuts.GetRawText() : "null";
            yield return $$"""
                {"version": "1.0", "added_tokens": [], "normalizer": {{normalizer}}, "pre_tokenizer": {{splitter}}, "post_processor": null,
                 "model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "[PAD]": 1, "a": 2} } }
                """;
        }
    }
}
