using System.Text.Json;

namespace StreamNer.TestSupport.Inference;

/// <summary>
/// A model folder with SentencePiece pieces, blanks written as <c>▁</c> as XLM-R has them, whose graph looks each piece's label up. Removed
/// when disposed.
/// </summary>
public sealed class PieceModel : IDisposable
{
    /// <summary>What cuts everything else into single characters: the least likely pieces.</summary>
    private const string Characters = "▁abcdefghijklmnopqrstuvwxyzJLS,.:\"()我在工作";

    private static readonly string[] Special = ["<s>", "<pad>", "</s>", "<unk>"];

    /// <summary>Makes the folder.</summary>
    /// <param name="labels">Its labels; the first one is that of every other piece.</param>
    /// <param name="pieces">Pieces and the label of each.</param>
    public PieceModel(string[] labels, params (string Piece, string Label)[] pieces)
    {
        Folder = Path.Combine(Directory.CreateTempSubdirectory("streamner-model-").FullName, "piece-model");
        Directory.CreateDirectory(Folder);
        var vocabulary = Special.Select(piece => (Piece: piece, Score: 0.0))
            .Concat(pieces.Select(piece => (piece.Piece, Score: -1.0)))
            .Concat(Characters.Select(character => (Piece: $"{character}", Score: -9.0)))
            .ToArray();
        File.WriteAllText(Path.Combine(Folder, "tokenizer.json"), JsonSerializer.Serialize(new
        {
            added_tokens = Special.Select((piece, id) => new { id, content = piece, special = true }),
            pre_tokenizer = new { type = "Metaspace", replacement = "▁", prepend_scheme = "always", split = true },
            post_processor = new
            {
                type = "TemplateProcessing",
                single = new object[]
                {
                    new { SpecialToken = new { id = "<s>", type_id = 0 } }, new { Sequence = new { id = "A", type_id = 0 } },
                    new { SpecialToken = new { id = "</s>", type_id = 0 } },
                },
                pair = Array.Empty<object>(),
                special_tokens = new Dictionary<string, object>
                {
                    ["<s>"] = new { id = "<s>", ids = (int[])[0], tokens = (string[])["<s>"] },
                    ["</s>"] = new { id = "</s>", ids = (int[])[2], tokens = (string[])["</s>"] },
                },
            },
            model = new { type = "Unigram", unk_id = 3, vocab = vocabulary.Select(piece => new object[] { piece.Piece, piece.Score }) },
        }));
        File.WriteAllText(Path.Combine(Folder, "config.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["model_type"] = "bert",
            ["vocab_size"] = vocabulary.Length,
            ["max_position_embeddings"] = 128,
            ["id2label"] = labels.Index().ToDictionary(label => $"{label.Index}", label => label.Item),
        }));
        var table = new float[vocabulary.Length * labels.Length];
        for (var row = 0; row < vocabulary.Length; row++)
        {
            var of = row - Special.Length;
            table[(row * labels.Length) + (of >= 0 && of < pieces.Length ? Array.IndexOf(labels, pieces[of].Label) : 0)] = 9;
        }

        new OnnxFile()
            .Input("input_ids").Input("attention_mask")
            .Table("table", table, vocabulary.Length, labels.Length)
            .Node("Gather", ["table", "input_ids"], "logits")
            .Output("logits", "batch", "sequence", $"{labels.Length}")
            .Save(Path.Combine(Folder, "model.onnx"));
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path.GetDirectoryName(Folder)!, recursive: true);
}
