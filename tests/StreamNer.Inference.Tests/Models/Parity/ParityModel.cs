using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamNer.Inference.Tests.Tokenization.Parity;
using StreamNer.Inference.Words;
using StreamNer.TestSupport;

namespace StreamNer.Inference.Tests.Models.Parity;

/// <summary>
/// One small model of <c>tests/parity/models</c> with its family's tokenizer, laid out as the folder that the product reads.
/// </summary>
internal sealed record ParityModel(string Name, string Type, string Tokenizer, int Limit, bool HasLong)
{
    private const int TextsInOne = 300;
    private const int LongLength = 300_000;
    private const int TextsOfLong = 1_000;

    /// <summary>All models of the comparison.</summary>
    public static IReadOnlyList<ParityModel> All { get; } =
        [.. JsonNode.Parse(File.ReadAllBytes(PathOf("models.json")))!.AsArray().Select(model => new ParityModel(
            (string)model!["name"]!, (string)model["type"]!, (string)model["tokenizer"]!, (int)model["limit"]!, (bool?)model["long"]
                ?? false))];

    /// <summary>The texts of the comparison: the corpus, then texts longer than the models' inputs.</summary>
    public static string[] Texts { get; } =
        [.. ParityFamily.Corpus(), .. ParityFamily.Corpus().Chunk(TextsInOne).Select(texts => string.Join('\n', texts))];

    /// <summary>A document of 300,000 characters: the corpus's first thousand texts over and over.</summary>
    public static string LongDocument { get; } = MakeLong();

    /// <summary>Finds a model by its name.</summary>
    public static ParityModel Of(string name) => All.Single(model => model.Name == name);

    /// <summary>Labels by index.</summary>
    public string[] Labels() =>
        [.. JsonNode.Parse(File.ReadAllBytes(PathOf(Name, "config.json")))!["id2label"]!.AsObject().Select(label => (string)label.Value!)];

    /// <summary>Lays the folder out.</summary>
    public Tokenization.ModelFolder Folder()
    {
        var folder = ParityFamily.Folder(Tokenizer)
            .With("config.json", File.ReadAllBytes(PathOf(Name, "config.json")))
            .With("model.onnx", File.ReadAllBytes(PathOf(Name, "model.onnx")));
        var path = Path.Combine(folder.Path, "tokenizer_config.json");
        var settings = File.Exists(path) ? JsonNode.Parse(File.ReadAllBytes(path))!.AsObject() : [];
        settings["model_max_length"] = Limit;
        return folder.With("tokenizer_config.json", JsonSerializer.Serialize(settings));
    }

    /// <summary>What the reference makes of the texts.</summary>
    public LabelGolden Golden() => LabelGolden.Read(PathOf(Name, "golden.bin.gz"), Labels(), Texts.Length);

    /// <summary>What the reference makes of <see cref="LongDocument"/>, read whole.</summary>
    public IReadOnlyDictionary<Aggregation, ExpectedEntity[]> Long() => LabelGolden.ReadLong(PathOf(Name, "long.bin.gz"), Labels());

    private static string MakeLong()
    {
        var text = new StringBuilder();
        for (var i = 0; text.Length < LongLength; i = (i + 1) % TextsOfLong)
            text.Append(Texts[i].Replace('\n', ' ')).Append(' ');
        return text.ToString();
    }

    private static string PathOf(params string[] path) => Repository.File(["tests", "parity", "models", .. path]);
}
