using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamNer.Inference.Tokenization;
using StreamNer.TestSupport;

namespace StreamNer.Inference.Tests.Tokenization.Parity;

/// <summary>One tokenizer of <c>tests/parity</c>, laid out as the model folder that the product reads.</summary>
internal static class ParityFamily
{
    // Reading them takes longer than most tests do.
    private static readonly ConcurrentDictionary<string, byte[]> Filled = [];
    private static readonly ConcurrentDictionary<(string Family, SubwordEngine Engine), Lazy<IPieceTokenizer>> Loaded = [];
    private static readonly Lazy<string[]> Texts = new(() => JsonSerializer.Deserialize<string[]>(Unpack("corpus.json.gz"))!);

    /// <summary>
    /// Families that are a <c>tokenizer.json</c>: a template with <c>"@file"</c> where the content of a packed file belongs.
    /// </summary>
    public static IEnumerable<string> Templates =>
        Directory.EnumerateFiles(PathOf("families")).Select(path => Path.GetFileNameWithoutExtension(path)!).Order();

    /// <summary>True for the templates that Microsoft.ML.Tokenizers can cut the words of: WordPiece and byte-level BPE.</summary>
    public static bool PackageCuts(string family) =>
        family.StartsWith("bert-", StringComparison.Ordinal)
        || family.StartsWith("roberta", StringComparison.Ordinal)
        || family is "mpnet" or "modernbert";

    /// <summary>Families that are a folder of older files, with the <c>tokenizer_config.json</c> that belongs to them.</summary>
    public static IReadOnlyDictionary<string, string> Folders { get; } = new SortedDictionary<string, string>
    {
        ["folder-albert"] = """
            {"tokenizer_class": "AlbertTokenizer", "cls_token": "<cls>", "sep_token": "<sep>", "mask_token": "<mask>", "bos_token": "<s>",
             "eos_token": "</s>"}
            """,
        ["folder-camembert"] = """{"tokenizer_class": "CamembertTokenizer"}""",
        ["folder-deberta"] = """
            {"tokenizer_class": "DebertaV2TokenizerFast", "cls_token": "<cls>", "sep_token": "<sep>", "unk_token": "<unk>",
             "pad_token": "<pad>", "mask_token": "<mask>", "bos_token": "<cls>", "eos_token": "<sep>"}
            """,
        ["folder-xlm-roberta"] = """{"tokenizer_class": "XLMRobertaTokenizer", "mask_token": {"content": "<mask>", "lstrip": true}}""",
        ["folder-xlnet"] = """{"tokenizer_class": "XLNetTokenizer", "additional_special_tokens": ["<eop>", "<eod>"]}""",
    };

    /// <summary>Lays the family's files out.</summary>
    public static ModelFolder Folder(string family) => Folders.TryGetValue(family, out var config)
        ? new ModelFolder().With("spiece.model", Unpack("vocabularies", "xlnet.spiece.model.gz")).With("tokenizer_config.json", config)
        : new ModelFolder().With("tokenizer.json", TokenizerJson(family));

    /// <summary>The family's <c>tokenizer.json</c>. Read only.</summary>
    public static byte[] TokenizerJson(string family) =>
        Filled.GetOrAdd(family, name => JsonSerializer.SerializeToUtf8Bytes(Fill(Template(name))));

    /// <summary>The family's tokenizer, loaded once for all tests.</summary>
    public static IPieceTokenizer Tokenizer(string family, SubwordEngine engine = SubwordEngine.Own) =>
        Loaded.GetOrAdd((family, engine), key => new Lazy<IPieceTokenizer>(() =>
        {
            using var folder = Folder(key.Family);
            return folder.Load(key.Engine);
        })).Value;

    /// <summary>The texts of the comparison. Read only.</summary>
    public static string[] Corpus() => Texts.Value;

    /// <summary>What the reference implementation made of them.</summary>
    public static Golden Golden(string family) => new(Unpack("goldens", $"{family}.bin.gz"));

    private static JsonNode? Template(string family) => JsonNode.Parse(File.ReadAllBytes(PathOf("families", $"{family}.json")));

    private static JsonNode? Fill(JsonNode? node) => node switch
    {
        JsonObject fields when fields.ContainsKey("@") => Changed(fields),
        JsonObject fields => new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, Fill(field.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Fill)]),
        JsonValue value when value.TryGetValue<string>(out var text) && text.StartsWith('@') =>
            Content(text[1..]),
        _ => node?.DeepClone(),
    };

    /// <summary>A packed file, or one field of it where the name says <c>file#field</c>.</summary>
    private static JsonNode Content(string name)
    {
        var parts = name.Split('#');
        var all = JsonNode.Parse(Unpack("vocabularies", parts[0]))!;
        return parts.Length == 1 ? all : all[parts[1]]!.DeepClone();
    }

    /// <summary>A packed file with other fields, and without every n-th merge, so that some pieces can't be reached by merging.</summary>
    private static JsonNode Changed(JsonObject fields)
    {
        var all = Content((string)fields["@"]!);
        var nth = (int)fields["drop_every_merge"]!;
        foreach (var (name, value) in fields.Where(field => field.Key is not ("@" or "drop_every_merge")))
            all[name] = value?.DeepClone();
        all["merges"] = new JsonArray([.. all["merges"]!.AsArray().Where((_, i) => i % nth != 0).Select(merge => merge!.DeepClone())]);
        return all;
    }

    private static byte[] Unpack(params string[] path)
    {
        using var packed = new GZipStream(File.OpenRead(PathOf(path)), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        packed.CopyTo(unpacked);
        return unpacked.ToArray();
    }

    private static string PathOf(params string[] path) => Repository.File(["tests", "parity", .. path]);
}
