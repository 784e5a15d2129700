using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Tests.Tokenization.Parity;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Models;

/// <summary>A model over the tokenizer of a family whose graph looks each piece's label up: what it says is known beforehand.</summary>
internal sealed class LookupModel : IDisposable
{
    private static readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, int>> Vocabularies = [];

    private readonly Tokenization.ModelFolder _folder;
    private readonly float[] _table;
    private readonly int _labels;

    /// <param name="family">A family of <c>tests/parity</c>.</param>
    /// <param name="labels">Its labels by index; null has none there. The first one is that of all other pieces.</param>
    /// <param name="pieces">Pieces and the label of each; one that a unigram vocabulary lacks takes the place of a rare one.</param>
    public LookupModel(string family, string?[] labels, params (string Piece, string Label)[] pieces)
    {
        _folder = ParityFamily.Folder(family);
        var ids = Teach(family, [.. pieces.Select(piece => piece.Piece)]);
        (_table, _labels) = Write(labels, ids.Values.Max() + 1, pieces.Select(piece => (ids[piece.Piece], piece.Label)));
    }

    /// <param name="family">A family of <c>tests/parity</c>, be it a folder of older files.</param>
    /// <param name="labels">Its labels by index. The first one is that of all other pieces.</param>
    /// <param name="pieces">Numbers of pieces and the label of each.</param>
    public LookupModel(string family, string[] labels, IEnumerable<(int Piece, string Label)> pieces)
    {
        _folder = ParityFamily.Folder(family);
        (_table, _labels) = Write(labels, ParityFamily.Tokenizer(family).VocabularySize, pieces);
    }

    public string Folder => _folder.Path;

    private (float[] Table, int Labels) Write(string?[] labels, int rows, IEnumerable<(int Piece, string Label)> pieces)
    {
        var table = new float[rows * labels.Length];
        for (var row = 0; row < rows; row++)
            table[row * labels.Length] = 5;
        foreach (var (piece, label) in pieces)
        {
            table[piece * labels.Length] = 0;
            table[(piece * labels.Length) + Array.IndexOf(labels, label)] = 8;
        }

        _folder.With("config.json", JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["model_type"] = "bert",
            ["vocab_size"] = rows,
            ["max_position_embeddings"] = 512,
            ["id2label"] = labels.Index().Where(label => label.Item is not null)
                .ToDictionary(label => $"{label.Index}", label => label.Item),
        }));
        Graph(table, labels.Length, ["input_ids", "attention_mask"], "batch", "sequence");
        return (table, labels.Length);
    }

    /// <summary>Writes the graph again, with other inputs; the first one holds the ids.</summary>
    public void Graph(string[] inputs, string batch, string sequence) => Graph(_table, _labels, inputs, batch, sequence);

    private void Graph(float[] table, int labels, string[] inputs, string batch, string sequence)
    {
        var file = new OnnxFile();
        foreach (var input in inputs)
            file.Input(input, batch, sequence);
        file.Table("table", table, table.Length / labels, labels)
            .Node("Gather", ["table", inputs[0]], "logits")
            .Output("logits", batch, sequence, $"{labels}")
            .Save(Path.Combine(Folder, "model.onnx"));
    }

    /// <summary>The pieces of a family's vocabulary with their ids.</summary>
    public static IReadOnlyDictionary<string, int> PiecesOf(string family) =>
        Vocabularies.GetOrAdd(family, name => Vocabulary(ParityFamily.TokenizerJson(name)));

    /// <summary>Loads the model.</summary>
    public TokenClassificationPipeline Load(WordOptions? words = null) =>
        TokenClassificationPipeline.Load(Folder, windows: new WindowOptions { MaxPieces = 64, OverlapPieces = 8 }, words: words);

    /// <summary>What the model says of a text, each entity as <c>LOC 3..9</c>.</summary>
    public string Entities(string text, WordOptions? words = null)
    {
        using var pipeline = Load(words);
        return string.Join(", ", Assert.IsType<DocumentOutcome.Labelled>(pipeline.Label(text)).Entities.Select(Shown));
    }

    /// <summary>An entity as <c>LOC 3..9</c>.</summary>
    public static string Shown(Entity entity) => $"{entity.Label} {entity.Span.Start}..{entity.Span.End}";

    public void Dispose() => _folder.Dispose();

    private IReadOnlyDictionary<string, int> Teach(string family, string[] pieces)
    {
        var known = PiecesOf(family);
        string[] missing = [.. pieces.Where(piece => !known.ContainsKey(piece))];
        if (missing.Length == 0)
            return known;

        const int FirstRare = 20_000;
        var root = JsonNode.Parse(ParityFamily.TokenizerJson(family))!;
        var vocabulary = root["model"]!["vocab"]!.AsArray();
        for (var i = 0; i < missing.Length; i++)
            vocabulary[FirstRare + i] = new JsonArray(missing[i], -8.0);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(root);
        _folder.With("tokenizer.json", bytes);
        return Vocabulary(bytes);
    }

    /// <summary>The pieces of a <c>tokenizer.json</c> with their ids.</summary>
    public static IReadOnlyDictionary<string, int> Vocabulary(byte[] tokenizerJson)
    {
        var root = JsonNode.Parse(tokenizerJson)!;
        Dictionary<string, int> ids = [];
        if (root["model"]!["vocab"] is JsonArray scored)
        {
            for (var id = 0; id < scored.Count; id++)
                ids[(string)scored[id]![0]!] = id;
        }
        else
        {
            foreach (var (piece, id) in root["model"]!["vocab"]!.AsObject())
                ids[piece] = (int)id!;
        }

        foreach (var added in root["added_tokens"]?.AsArray() ?? [])
            ids[(string)added!["content"]!] = (int)added["id"]!;
        return ids;
    }
}
