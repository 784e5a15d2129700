using DataType = StreamNer.Inference.Models.Onnx.Graph.TensorProto.Types.DataType;

namespace StreamNer.TestSupport.Inference;

/// <summary>
/// A float32 model folder whose labels come out of a multiplication with a matrix, so that there is something to make smaller: "London" is
/// <c>B-LOC</c>, every other word <c>O</c>. Removed when disposed.
/// </summary>
internal sealed class MatrixModel : IDisposable
{
    private const int Features = 8;
    private const int Columns = 64;
    private const int Pieces = 6;
    private const int London = 5;

    private readonly TableModel _table = new(["O", "B-LOC"], ("in", "O"), ("London", "B-LOC"));

    /// <summary>Makes the folder.</summary>
    /// <param name="outlier">
    /// A weight of each column that is multiplied with 0: beside a very large one 8 bits have no room for the others, and every label is O.
    /// </param>
    public MatrixModel(float outlier = 1)
    {
        Builder = new GraphBuilder();
        var (table, matrix, head) = (new float[Pieces * Features], new float[Features * Columns], new float[Columns * 2]);
        for (var piece = 0; piece < Pieces; piece++)
            table[(piece * Features) + (piece == London ? 1 : 2)] = 1;
        for (var column = 0; column < Columns; column++)
        {
            (matrix[column], matrix[Columns + column], matrix[(2 * Columns) + column]) = (outlier, 1, -1);
            (head[column * 2], head[(column * 2) + 1]) = (-0.1f, 0.1f);
        }

        Builder.Input("input_ids", DataType.Int64, -1, -1).Input("attention_mask", DataType.Int64, -1, -1);
        var x = Builder.Node("Gather", [Builder.Floats("embeddings", table, Pieces, Features), "input_ids"]);
        x = Builder.Node("MatMul", [x, Builder.Floats("matrix", matrix, Features, Columns)]);
        x = Builder.Node("MatMul", [x, Builder.Floats("head", head, Columns, 2)]);
        Builder.Node("Add", [x, Builder.Floats("bias", [0.5f, 0], 2)], "logits");
        Builder.Output("logits", DataType.Float, -1, -1, 2);
        Builder.Save(Path.Combine(Folder, "model.onnx"));
        Sample = Path.Combine(Path.GetDirectoryName(Folder)!, "sample.txt");
        File.WriteAllLines(Sample, Enumerable.Range(0, 60).Select(number => number % 2 == 0 ? "in London in" : "London"));
    }

    /// <summary>The graph.</summary>
    public GraphBuilder Builder { get; }

    /// <summary>The folder.</summary>
    public string Folder => _table.Folder;

    /// <summary>Sixty texts that it labels, one a line.</summary>
    public string Sample { get; }

    /// <inheritdoc/>
    public void Dispose() => _table.Dispose();
}
