using StreamNer.Inference.Models.Onnx.Graph;

namespace StreamNer.Inference.Models.Onnx.Rewriting;

/// <summary>
/// Rewrites a graph so that its matrices are multiplied in 8 bits: weights by column, what they are multiplied with as it comes
/// (dynamic quantization), large embedding tables by row.
/// </summary>
/// <remarks>
/// <para>
/// Only operators of ONNX's own set are written; ONNX Runtime makes its fused ones of them when the model is loaded
/// (<c>MatMulIntegerToFloat</c>, <c>DynamicQuantizeMatMul</c>), so that the file runs elsewhere too.
/// </para>
/// <para>
/// Weights take 7 of the 8 bits. On a processor with AVX2 and without VNNI, ONNX Runtime multiplies an unsigned with a signed byte and
/// adds two such products in 16 bits, which saturates: 255 · 127 · 2 is too much, 255 · 64 · 2 is not. See
/// https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html, "When and why do I need to try U8U8 or reduce_range".
/// </para>
/// </remarks>
internal sealed class DynamicInt8
{
    /// <summary>The operators that these rewritings need came with it.</summary>
    public const int LeastOpset = 11;

    private const int LargestOfTable = 127;

    private const float SmallestNormal = 1.17549435e-38f;

    /// <summary>More rows than this could overflow the 32 bits of a sum.</summary>
    private const int MostRows = 65_536;

    private readonly GraphProto _graph;
    private readonly GraphIndex _index;
    private readonly Int8Limits _limits;
    private readonly Dictionary<string, Quantized> _activations = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Name, bool IsTransposed, float Factor), Quantized?> _weights = [];
    private readonly Dictionary<string, Quantized> _tables = new(StringComparer.Ordinal);
    private readonly List<NodeProto> _nodes = [];
    private int _matrices;
    private int _lookups;
    private long _rewritten;

    private DynamicInt8(GraphProto graph, Int8Limits limits)
    {
        _graph = graph;
        _limits = limits;
        _index = new GraphIndex(graph);
    }

    /// <summary>Rewrites a graph in place.</summary>
    /// <param name="graph">The graph; its weights are in it, not beside.</param>
    /// <param name="limits">What is worth it.</param>
    /// <param name="stop">Ends it; the graph is of no use then.</param>
    /// <exception cref="GraphRewriteException">Weights are broken.</exception>
    public static RewriteSummary Rewrite(GraphProto graph, Int8Limits limits, CancellationToken stop = default)
    {
        var rewriter = new DynamicInt8(graph, limits);
        foreach (var node in graph.Node)
        {
            stop.ThrowIfCancellationRequested();
            if (!rewriter.TryRewrite(node))
                rewriter._nodes.Add(node);
        }

        graph.Node.Clear();
        graph.Node.AddRange(rewriter._nodes);
        rewriter._index.Sweep();
        return new RewriteSummary(rewriter._matrices, rewriter._lookups, rewriter._rewritten, Left(graph));
    }

    private static long Left(GraphProto graph) => graph.Initializer.Where(Weights.IsFloat).Sum(Weights.Count);

    private bool TryRewrite(NodeProto node) => GraphNode.IsStandard(node) && node.OpType switch
    {
        "MatMul" => TryMatMul(node),
        "Gemm" => TryGemm(node),
        "Gather" => TryGather(node),
        _ => false,
    };

    private bool TryMatMul(NodeProto node)
    {
        if (node.Input.Count != 2 || !_index.DependsOnInput(node.Input[0]) || Weight(node.Input[1], transpose: false, 1) is not { } weight)
            return false;
        Multiply(node.Input[0], weight, node.Output[0]);
        return true;
    }

    private bool TryGemm(NodeProto node)
    {
        if (node.Input.Count < 2 || GraphNode.Whole(node, "transA", 0) != 0 || !_index.DependsOnInput(node.Input[0])
            || Weight(node.Input[1], GraphNode.Whole(node, "transB", 0) != 0, GraphNode.Real(node, "alpha", 1)) is not { } weight)
        {
            return false;
        }

        if (node.Input.Count < 3 || node.Input[2].Length == 0)
        {
            Multiply(node.Input[0], weight, node.Output[0]);
            return true;
        }

        var product = _index.NewName(node.Output[0] + "_product");
        Multiply(node.Input[0], weight, product);
        var bias = node.Input[2];
        if (GraphNode.Real(node, "beta", 1) is var beta && beta != 1)
        {
            var factor = Add(Weights.OfFloats(_index.NewName(node.Output[0] + "_beta"), [beta]));
            var scaled = _index.NewName(bias + "_scaled");
            _nodes.Add(GraphNode.Of("Mul", [bias, factor], scaled));
            bias = scaled;
        }

        _nodes.Add(GraphNode.Of("Add", [product, bias], node.Output[0]));
        return true;
    }

    private bool TryGather(NodeProto node)
    {
        if (node.Input.Count != 2 || GraphNode.Whole(node, "axis", 0) != 0 || !_index.DependsOnInput(node.Input[1])
            || Table(node.Input[0]) is not { } table)
        {
            return false;
        }

        var output = node.Output[0];
        var (rows, scales) = (_index.NewName(output + "_rows"), _index.NewName(output + "_scales"));
        var floats = _index.NewName(output + "_floats");
        _nodes.Add(GraphNode.Of("Gather", [table.Values, node.Input[1]], rows));
        _nodes.Add(GraphNode.Cast(rows, floats, TensorProto.Types.DataType.Float));
        _nodes.Add(GraphNode.Of("Gather", [table.Scale, node.Input[1]], scales));
        _nodes.Add(GraphNode.Of("Mul", [floats, scales], output));
        _lookups++;
        return true;
    }

    /// <summary>Writes the multiplication of a value, quantized as it comes, with a quantized weight.</summary>
    private void Multiply(string activation, Quantized weight, string output)
    {
        var input = Activation(activation);
        var (sums, scale) = (_index.NewName(output + "_sums"), _index.NewName(output + "_scale"));
        var floats = _index.NewName(output + "_floats");
        _nodes.Add(GraphNode.Of("MatMulInteger", [input.Values, weight.Values, input.ZeroPoint], sums));
        _nodes.Add(GraphNode.Cast(sums, floats, TensorProto.Types.DataType.Float));
        _nodes.Add(GraphNode.Of("Mul", [input.Scale, weight.Scale], scale));
        _nodes.Add(GraphNode.Of("Mul", [floats, scale], output));
        _matrices++;
    }

    /// <summary>A value in 8 bits: once, however many weights it is multiplied with.</summary>
    private Quantized Activation(string name)
    {
        if (_activations.TryGetValue(name, out var known))
            return known;
        var made = new Quantized(
            _index.NewName(name + "_quantized"), _index.NewName(name + "_scale"), _index.NewName(name + "_zero_point"));
        _nodes.Add(GraphNode.Of("DynamicQuantizeLinear", [name], made.Values, made.Scale, made.ZeroPoint));
        _activations.Add(name, made);
        return made;
    }

    /// <summary>A constant matrix <c>[rows, columns]</c> in 8 bits, a scale for each column; null when it is none or too small.</summary>
    private Quantized? Weight(string name, bool transpose, float factor)
    {
        if (_index.Constant(name, out var isTransposed) is not { } tensor || !Weights.IsFloat(tensor) || tensor.Dims.Count != 2)
            return null;
        var key = (name, isTransposed ^ transpose, factor);
        if (!_weights.TryGetValue(key, out var made))
            _weights.Add(key, made = Quantize(tensor, isTransposed ^ transpose, factor));
        return made;
    }

    private Quantized? Quantize(TensorProto tensor, bool isTransposed, float factor)
    {
        var (rows, columns) = isTransposed ? (tensor.Dims[1], tensor.Dims[0]) : (tensor.Dims[0], tensor.Dims[1]);
        if (rows is < 1 or > MostRows || columns < _limits.LeastColumns || Weights.Count(tensor) < 0)
            return null;
        var values = Weights.Floats(tensor);
        if (isTransposed)
            values = Transpose(values, (int)columns, (int)rows);
        var (packed, scales) = ByColumn(values, (int)columns, _limits.LargestWeight, tensor.Name);
        foreach (ref var scale in scales.AsSpan())
            scale *= factor;
        _rewritten += values.Length;
        var stem = tensor.Name.Length > 0 ? tensor.Name : "weight";
        return new Quantized(
            Add(Weights.OfBytes(_index.NewName(stem + "_int8"), packed, rows, columns)),
            Add(Weights.OfFloats(_index.NewName(stem + "_scales"), scales, columns)),
            "");
    }

    private Quantized? Table(string name)
    {
        if (_index.Constant(name, out var isTransposed) is not { } tensor || isTransposed || !Weights.IsFloat(tensor)
            || tensor.Dims.Count != 2 || Weights.Count(tensor) < _limits.LeastTable)
        {
            return null;
        }

        if (_tables.TryGetValue(name, out var known))
            return known;
        var columns = (int)tensor.Dims[1];
        var (packed, scales) = ByRow(Weights.Floats(tensor), columns, tensor.Name);
        _rewritten += packed.Length;
        var stem = tensor.Name.Length > 0 ? tensor.Name : "table";
        var made = new Quantized(
            Add(Weights.OfBytes(_index.NewName(stem + "_int8"), packed, tensor.Dims[0], columns)),
            Add(Weights.OfFloats(_index.NewName(stem + "_scales"), scales, tensor.Dims[0], 1)),
            "");
        _tables.Add(name, made);
        return made;
    }

    private static (sbyte[] Values, float[] Scales) ByColumn(float[] values, int columns, int largest, string name)
    {
        var scales = new float[columns];
        for (var at = 0; at < values.Length; at += columns)
        {
            for (var column = 0; column < columns; column++)
                scales[column] = MathF.Max(scales[column], MathF.Abs(values[at + column]));
        }

        foreach (ref var scale in scales.AsSpan())
            scale = Scale(scale, largest, name);
        var packed = new sbyte[values.Length];
        for (var at = 0; at < values.Length; at += columns)
        {
            for (var column = 0; column < columns; column++)
                packed[at + column] = (sbyte)MathF.Round(values[at + column] / scales[column]);
        }

        return (packed, scales);
    }

    private static (sbyte[] Values, float[] Scales) ByRow(float[] values, int columns, string name)
    {
        var scales = new float[values.Length / columns];
        var packed = new sbyte[values.Length];
        for (var row = 0; row < scales.Length; row++)
        {
            var from = values.AsSpan(row * columns, columns);
            var largest = 0f;
            foreach (var value in from)
                largest = MathF.Max(largest, MathF.Abs(value));
            scales[row] = Scale(largest, LargestOfTable, name);
            for (var column = 0; column < columns; column++)
                packed[(row * columns) + column] = (sbyte)MathF.Round(from[column] / scales[row]);
        }

        return (packed, scales);
    }

    /// <summary>What one step stands for. MathF.Max hands a NaN on, so that one is found here.</summary>
    private static float Scale(float largest, int steps, string name)
    {
        if (!float.IsFinite(largest))
            throw new GraphRewriteException($"the weights '{name}' hold {largest}: the export is broken, make it again");

        // A step so small that dividing by it gives no number stands for weights that add nothing.
        var scale = largest / steps;
        return scale < SmallestNormal ? 1 : scale;
    }

    private static float[] Transpose(float[] values, int rows, int columns)
    {
        var turned = new float[values.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
                turned[(column * rows) + row] = values[(row * columns) + column];
        }

        return turned;
    }

    private string Add(TensorProto tensor)
    {
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>Names of a quantized tensor's numbers, of what a step of them stands for, and of the number that stands for 0.</summary>
    private sealed record Quantized(string Values, string Scale, string ZeroPoint);
}

/// <summary>What is worth to be stored and multiplied in 8 bits.</summary>
internal sealed record Int8Limits
{
    /// <summary>
    /// Fewest columns of a matrix. Default 64: the head that gives the logits stays as it is, which keeps labels and costs nothing.
    /// </summary>
    public int LeastColumns { get; init; } = 64;

    /// <summary>Largest weight of a matrix, of 127. Default 64: see <see cref="DynamicInt8"/>.</summary>
    public int LargestWeight { get; init; } = 64;

    /// <summary>Fewest numbers of an embedding table. Default 2^20, 4 MB: below that little is saved.</summary>
    public int LeastTable { get; init; } = 1 << 20;
}

/// <summary>What a rewriting did.</summary>
/// <param name="Matrices">Multiplications that were rewritten.</param>
/// <param name="Tables">Look-ups in tables that were rewritten.</param>
/// <param name="Rewritten">Weights, as numbers, that are stored in fewer bits.</param>
/// <param name="Left">Weights that stay in float32.</param>
internal sealed record RewriteSummary(int Matrices, int Tables, long Rewritten, long Left);
