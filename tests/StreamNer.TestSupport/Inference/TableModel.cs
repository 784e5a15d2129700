using System.Text.Json;

namespace StreamNer.TestSupport.Inference;

/// <summary>
/// A model folder whose graph looks each piece's label up in a table: what it says is known beforehand. Removed when disposed.
/// </summary>
public sealed class TableModel : IDisposable
{
    private static readonly string[] SpecialPieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];

    private readonly string[] _labels;

    /// <summary>Makes the folder.</summary>
    /// <param name="labels">Its labels; the first one is that of every unknown word.</param>
    /// <param name="words">Words and the label of each.</param>
    public TableModel(string[] labels, params (string Word, string Label)[] words)
    {
        _labels = labels;
        Words = words;
        Folder = Path.Combine(Directory.CreateTempSubdirectory("streamner-model-").FullName, "table-model");
        Directory.CreateDirectory(Folder);
        File.WriteAllLines(Path.Combine(Folder, "vocab.txt"), [.. SpecialPieces, .. words.Select(word => word.Word)]);
        File.WriteAllText(Path.Combine(Folder, "tokenizer_config.json"),
            """{"tokenizer_class": "BertTokenizer", "do_lower_case": false, "model_max_length": 32}""");
        File.WriteAllText(Path.Combine(Folder, "config.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["model_type"] = "bert",
            ["vocab_size"] = SpecialPieces.Length + words.Length,
            ["max_position_embeddings"] = 32,
            ["id2label"] = labels.Index().ToDictionary(label => $"{label.Index}", label => label.Item),
        }));
        Graph();
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    private (string Word, string Label)[] Words { get; }

    /// <summary>Writes the graph again, with tables of other sizes than config and tokenizer promise.</summary>
    /// <param name="missingRows">Rows that the embedding table lacks at its end.</param>
    /// <param name="positions">Rows of the position table.</param>
    /// <param name="columns">Labels of the output; 0 is as many as config.json has.</param>
    /// <param name="positionColumns">Width of the position table; 0 is that of the other one.</param>
    /// <param name="value">What the logit of a word's label is.</param>
    public void Graph(int missingRows = 0, int positions = 32, int columns = 0, int positionColumns = 0, float value = 9)
    {
        columns = columns == 0 ? _labels.Length : columns;
        positionColumns = positionColumns == 0 ? columns : positionColumns;
        var rows = SpecialPieces.Length + Words.Length;
        var table = new float[rows * columns];
        for (var word = 0; word < rows; word++)
        {
            var label = word < SpecialPieces.Length ? 0 : Array.IndexOf(_labels, Words[word - SpecialPieces.Length].Label);
            table[word * columns + Math.Min(label, columns - 1)] = value;
        }

        rows -= missingRows;
        new OnnxFile()
            .Input("input_ids").Input("attention_mask")
            .Table("embeddings", table[..(rows * columns)], rows, columns)
            .Table("positions", new float[positions * positionColumns], positions, positionColumns)
            .Number("first", 0).Number("one", 1)
            .Node("Shape", ["input_ids"], "shape")
            .Node("Gather", ["shape", "one"], "length")
            .Node("Range", ["first", "length", "one"], "places")
            .Node("Gather", ["positions", "places"], "place")
            .Node("Gather", ["embeddings", "input_ids"], "piece")
            .Node("Add", ["piece", "place"], "logits")
            .Output("logits", "batch", "sequence", $"{columns}")
            .Save(Path.Combine(Folder, "model.onnx"));
    }

    /// <summary>Writes a graph with a node of this name that fails in each run.</summary>
    public void GraphThatFailsAt(string node) =>
        new OnnxFile()
            .Input("input_ids").Input("attention_mask")
            .Table("embeddings", new float[_labels.Length], 1, _labels.Length)
            .Number("beyond", 1_000)
            .Node("Add", ["input_ids", "beyond"], "rows")
            .Node("Gather", ["embeddings", "rows"], node)
            .Node("Identity", [node], "logits")
            .Output("logits", "batch", "sequence", $"{_labels.Length}")
            .Save(Path.Combine(Folder, "model.onnx"));

    /// <summary>Writes a graph that never comes to its end.</summary>
    public void EndlessGraph() => EndlessGraph(graph => graph.EndlessLoop("shape", "sizes"));

    /// <summary>Writes a graph that never comes to its end on an input of so many pieces, and never labels anything.</summary>
    public void GraphEndlessOn(long pieces) => EndlessGraph(graph => graph
        .Number("bad", pieces)
        .Node("Size", ["input_ids"], "pieces")
        .Node("Equal", ["pieces", "bad"], "is bad")
        .EndlessLoop("shape", "sizes", "is bad"));

    /// <summary>Makes the model's graph one that takes so many numbers of memory for each piece, and needs none of them.</summary>
    public void GreedyGraph(long floatsForEachPiece) =>
        new OnnxFile()
            .Input("input_ids").Input("attention_mask")
            .Table("embeddings", new float[_labels.Length * (SpecialPieces.Length + Words.Length)], SpecialPieces.Length
                + Words.Length, _labels.Length)
            .Table("zero", [0], 1)
            .Number("each", floatsForEachPiece)
            .Number("one", 1, 1)
            .Node("Size", ["input_ids"], "pieces")
            .Node("Mul", ["pieces", "each"], "product")
            .Node("Reshape", ["product", "one"], "size")
            .Node("Expand", ["zero", "size"], "many")
            .Node("ReduceMax", ["many"], "most")
            .Node("Gather", ["embeddings", "input_ids"], "looked up")
            .Node("Add", ["looked up", "most"], "logits")
            .Output("logits", "batch", "sequence", $"{_labels.Length}")
            .Save(Path.Combine(Folder, "model.onnx"));

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path.GetDirectoryName(Folder)!, recursive: true);

    /// <param name="loop">Hands <c>shape</c> on as <c>sizes</c>, or never does.</param>
    private void EndlessGraph(Func<OnnxFile, OnnxFile> loop) =>
        loop(new OnnxFile()
            .Input("input_ids").Input("attention_mask")
            .Table("embeddings", new float[_labels.Length * (SpecialPieces.Length + Words.Length)], SpecialPieces.Length
                + Words.Length, _labels.Length)
            .Node("Shape", ["input_ids"], "shape"))
            .Node("Reshape", ["input_ids", "sizes"], "ids")
            .Node("Gather", ["embeddings", "ids"], "logits")
            .Output("logits", "batch", "sequence", $"{_labels.Length}")
            .Save(Path.Combine(Folder, "model.onnx"));
}
