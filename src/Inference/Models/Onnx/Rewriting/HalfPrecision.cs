using System.Globalization;
using StreamNer.Inference.Models.Onnx.Graph;
using DataType = StreamNer.Inference.Models.Onnx.Graph.TensorProto.Types.DataType;

namespace StreamNer.Inference.Models.Onnx.Rewriting;

/// <summary>Rewrites a graph so that it computes in float16: for GPUs, which do so several times faster.</summary>
/// <remarks>
/// <para>
/// Inputs and outputs keep their types. What float16 can't hold stays in float32, with casts around it: sums of squares and what becomes of
/// them (the inside of a layer's normalization, whose smallest addend is 0 in float16), steps with a constant that is too small or too
/// large, and whatever is reckoned of lengths, positions and masks alone, where no weight takes part.
/// </para>
/// <para>
/// Constants as large as those that stand for "nothing to see here" in an attention mask become 30,000: two of them can be added and a
/// score besides, and the softmax of it is 0 as before.
/// </para>
/// </remarks>
internal sealed class HalfPrecision
{
    private const float LargestHalf = 65_504;

    /// <summary>Below it float16 loses digits.</summary>
    private const float SmallestNormalHalf = 6.1035156e-5f;

    /// <summary>No weight is as large; exporters write 1e9 and more for minus infinity.</summary>
    private const float LeastOfMask = 1e9f;

    private const float Mask = 30_000;

    /// <summary>Give what the first of their inputs is, but for the exceptions in <see cref="IsFloat"/>.</summary>
    private static readonly HashSet<string> AsFirstInput = new(StringComparer.Ordinal)
    {
        "Abs", "Add", "Sub", "Mul", "Div", "Neg", "Pow", "Sqrt", "Reciprocal", "Exp", "Log", "Erf", "Tanh", "Sigmoid", "Relu", "LeakyRelu",
        "Elu", "Selu", "Gelu", "Softplus", "Softsign", "HardSigmoid", "HardSwish", "Mish", "Clip", "Min", "Max", "Mean", "Sum", "Sin",
        "Cos", "Floor", "Ceil", "Round", "Sign", "Mod", "MatMul", "Gemm", "Einsum", "Conv", "Softmax", "LogSoftmax", "LayerNormalization",
        "BatchNormalization", "InstanceNormalization", "RMSNormalization", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten",
        "Concat", "Slice", "Gather", "GatherElements", "GatherND", "ScatterElements", "ScatterND", "Expand", "Tile", "Pad", "Split",
        "Identity", "Dropout", "TopK", "Trilu", "CumSum", "Range", "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd",
        "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp",
        "com.microsoft.Attention", "com.microsoft.MultiHeadAttention", "com.microsoft.SkipLayerNormalization", "com.microsoft.Gelu",
        "com.microsoft.FastGelu", "com.microsoft.QuickGelu", "com.microsoft.BiasGelu", "com.microsoft.FusedMatMul",
        "com.microsoft.RotaryEmbedding", "com.microsoft.SimplifiedLayerNormalization",
    };

    private static readonly HashSet<string> NeverFloat = new(StringComparer.Ordinal)
    {
        "Shape", "Size", "NonZero", "ArgMax", "ArgMin", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Not", "And", "Or",
        "Xor", "IsNaN", "IsInf",
    };

    /// <summary>What overflows in float16, or loses what matters.</summary>
    private static readonly HashSet<string> Delicate = new(StringComparer.Ordinal)
    {
        "Pow", "Sqrt", "Reciprocal", "Exp", "Log", "CumSum", "Range", "ReduceMean", "ReduceSum", "ReduceProd", "ReduceL1", "ReduceL2",
        "ReduceSumSquare", "ReduceLogSumExp", "LogSoftmax", "RMSNormalization",
    };

    private static readonly HashSet<string> Elementwise = new(StringComparer.Ordinal) { "Add", "Sub", "Mul", "Div", "Max", "Min" };

    private readonly GraphProto _graph;
    private readonly GraphIndex _index;
    private readonly List<NodeProto> _nodes = [];

    /// <summary>Values that were float32 before.</summary>
    private readonly HashSet<string> _floats = new(StringComparer.Ordinal);

    /// <summary>Of these, what weights take part in.</summary>
    private readonly HashSet<string> _learned = new(StringComparer.Ordinal);

    /// <summary>What delicate operators gave.</summary>
    private readonly HashSet<string> _delicate = new(StringComparer.Ordinal);

    /// <summary>What is float16 now, under its old name.</summary>
    private readonly HashSet<string> _halves = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorProto> _constants = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _castToHalf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _castToFloat = new(StringComparer.Ordinal);
    private readonly HashSet<string> _outputs;
    private int _matrices;
    private int _lookups;
    private long _rewritten;

    private HalfPrecision(GraphProto graph)
    {
        _graph = graph;
        _index = new GraphIndex(graph);
        _outputs = graph.Output.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var input in graph.Input.Where(input => input.Type?.TensorType?.ElemType == (int)DataType.Float))
            _floats.Add(input.Name);
        for (var i = 0; i < graph.Initializer.Count; i++)
        {
            if (!Weights.IsFloat(graph.Initializer[i]))
                continue;
            if (HasMask(graph.Initializer[i]))
                graph.Initializer[i] = Clamped(graph.Initializer[i], graph.Initializer[i].Name);
            AddConstant(graph.Initializer[i].Name, graph.Initializer[i]);
        }
    }

    /// <summary>Rewrites a graph in place.</summary>
    /// <param name="graph">The graph; its weights are in it, not beside.</param>
    /// <param name="stop">Ends it; the graph is of no use then.</param>
    /// <exception cref="GraphRewriteException">
    /// A weight is larger than float16 can hold, or an operator is not known here; the graph is of no use then.
    /// </exception>
    public static RewriteSummary Rewrite(GraphProto graph, CancellationToken stop = default)
    {
        var rewriter = new HalfPrecision(graph);
        foreach (var node in graph.Node)
        {
            stop.ThrowIfCancellationRequested();
            rewriter.Rewrite(node);
        }

        graph.Node.Clear();
        graph.Node.AddRange(rewriter._nodes);
        rewriter._index.Sweep();
        return new RewriteSummary(rewriter._matrices, rewriter._lookups, rewriter._rewritten,
            graph.Initializer.Where(Weights.IsFloat).Sum(Weights.Count));
    }

    private static string KindOf(NodeProto node) => GraphNode.IsStandard(node) ? node.OpType : $"{node.Domain}.{node.OpType}";

    private void Rewrite(NodeProto node)
    {
        if (GraphIndex.Inner(node).Any())
        {
            throw new GraphRewriteException($"the graph has control flow ('{node.OpType}' {node.Name}), which is not rewritten; export the "
                + "model without it, by tracing");
        }

        var kind = KindOf(node);
        if (kind == "Constant")
        {
            Constant(node);
            return;
        }

        var givesFloat = IsFloat(node, kind);
        var isFloat = givesFloat || node.Input.Any(_floats.Contains);
        var isLearned = node.Input.Any(_learned.Contains);
        if (givesFloat)
        {
            foreach (var output in FloatOutputs(node, kind))
            {
                _floats.Add(output);
                if (isLearned)
                    _learned.Add(output);
            }
        }

        if (!isFloat)
        {
            _nodes.Add(node);
            return;
        }

        if (Delicate.Contains(kind))
            _delicate.UnionWith(node.Output);
        if (StaysFloat(node, kind, isLearned))
        {
            Replace(node, Single);
            _nodes.Add(node);
            return;
        }

        if (!givesFloat)
        {
            // What takes one value, such as Shape, takes it in either type.
            if (node.Input.Count(_floats.Contains) > 1)
                Replace(node, Half);
            _nodes.Add(node);
            return;
        }

        if (kind is "MatMul" or "Gemm" && _constants.ContainsKey(node.Input[1]))
            _matrices++;
        if (kind == "Gather" && _constants.ContainsKey(node.Input[0]))
            _lookups++;
        if (kind == "Cast")
            node.Attribute.Single(attribute => attribute.Name == "to").I = (long)DataType.Float16;
        Replace(node, Half);
        AddHalf(node, kind);
    }

    private bool StaysFloat(NodeProto node, string kind, bool isLearned) =>
        !isLearned || Delicate.Contains(kind) || HasUnfitConstant(node)
            || Elementwise.Contains(kind) && node.Input.Any(input => _delicate.Contains(input) && _index.DependsOnInput(input));

    /// <summary>Whether a number beside the node's values is one that float16 doesn't have.</summary>
    private bool HasUnfitConstant(NodeProto node) => node.Input.Any(input =>
        _constants.TryGetValue(input, out var constant) && Weights.Count(constant) == 1
            && MathF.Abs(Weights.Floats(constant)[0]) is var size
            && (size is > 0 and < SmallestNormalHalf || size > LargestHalf && size < LeastOfMask));

    private bool IsFloat(NodeProto node, string kind)
    {
        switch (kind)
        {
            case "Cast":
                return GraphNode.Whole(node, "to", 0) == (long)DataType.Float;
            case "Where":
            case "CastLike":
                return _floats.Contains(node.Input[1]);
            case "OneHot":
                return _floats.Contains(node.Input[2]);
            case "ConstantOfShape":
                return node.Attribute.FirstOrDefault(attribute => attribute.Name == "value")?.T is not { } value || Weights.IsFloat(value);
            case "com.microsoft.EmbedLayerNormalization":
                return true;
        }

        if (AsFirstInput.Contains(kind))
            return node.Input.Count > 0 && _floats.Contains(node.Input[0]);
        if (NeverFloat.Contains(kind))
            return false;
        throw new GraphRewriteException($"the operator '{kind}' ({node.Name}) is not known here, so that float16 can't be led through it; "
            + "leave the model in float32, or try --precision int8");
    }

    private static IEnumerable<string> FloatOutputs(NodeProto node, string kind) =>
        kind is "TopK" or "Dropout" or "com.microsoft.EmbedLayerNormalization" ? node.Output.Take(1) : node.Output;

    private void Constant(NodeProto node)
    {
        _nodes.Add(node);
        var value = node.Attribute.Count == 1 ? node.Attribute[0] : null;
        var tensor = value?.Name switch
        {
            "value" => value.T,
            "value_float" => Weights.OfFloats(node.Output[0], [value.F]),
            "value_floats" => Weights.OfFloats(node.Output[0], value.Floats.ToArray(), value.Floats.Count),
            _ => null,
        };
        if (tensor is null || !Weights.IsFloat(tensor))
            return;
        AddConstant(node.Output[0], tensor);
        if (HasMask(tensor))
        {
            // Those that stay float32 see the smaller number too.
            var clamped = Clamped(tensor, node.Output[0]);
            _constants[node.Output[0]] = clamped;
            node.Attribute[0] = new AttributeProto
            {
                Name = "value",
                Type = AttributeProto.Types.AttributeType.Tensor,
                T = clamped,
            };
        }
    }

    private void AddConstant(string name, TensorProto tensor)
    {
        _constants[name] = tensor;
        _floats.Add(name);
        if (Weights.Count(tensor) > 1)
            _learned.Add(name);
    }

    private static bool HasMask(TensorProto tensor) =>
        Array.Exists(Weights.Floats(tensor), value => float.IsFinite(value) && MathF.Abs(value) >= LeastOfMask);

    private static TensorProto Clamped(TensorProto tensor, string name)
    {
        var values = Weights.Floats(tensor);
        foreach (ref var value in values.AsSpan())
            value = MathF.Abs(value) >= LeastOfMask && float.IsFinite(value) ? MathF.CopySign(Mask, value) : value;
        return Weights.OfFloats(name, values, [.. tensor.Dims]);
    }

    /// <summary>Puts other names into the place of a node's float32 inputs.</summary>
    private void Replace(NodeProto node, Func<string, string> name)
    {
        for (var i = 0; i < node.Input.Count; i++)
        {
            if (_floats.Contains(node.Input[i]))
                node.Input[i] = name(node.Input[i]);
        }
    }

    /// <summary>Adds a node that gives float16; what the graph gives is cast back, under its own name.</summary>
    private void AddHalf(NodeProto node, string kind)
    {
        List<NodeProto> casts = [];
        var floats = FloatOutputs(node, kind).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < node.Output.Count; i++)
        {
            var output = node.Output[i];
            if (output.Length == 0 || !floats.Contains(output))
                continue;
            if (!_outputs.Contains(output))
            {
                _halves.Add(output);
                continue;
            }

            var half = _index.NewName(output + "_half");
            node.Output[i] = half;
            casts.Add(GraphNode.Cast(half, output, DataType.Float));
            _castToHalf.Add(output, half);
        }

        _nodes.Add(node);
        _nodes.AddRange(casts);
    }

    /// <summary>The name of a value in float16.</summary>
    private string Half(string name)
    {
        if (_halves.Contains(name))
            return name;
        if (_castToHalf.TryGetValue(name, out var known))
            return known;
        var half = _index.NewName(name + "_half");
        if (_constants.TryGetValue(name, out var constant))
            _graph.Initializer.Add(HalfOf(constant, half, name));
        else
            _nodes.Add(GraphNode.Cast(name, half, DataType.Float16));
        _castToHalf.Add(name, half);
        return half;
    }

    /// <summary>The name of a value in float32.</summary>
    private string Single(string name)
    {
        if (!_halves.Contains(name))
            return name;
        if (_castToFloat.TryGetValue(name, out var known))
            return known;
        var single = _index.NewName(name + "_float");
        _nodes.Add(GraphNode.Cast(name, single, DataType.Float));
        _castToFloat.Add(name, single);
        return single;
    }

    private TensorProto HalfOf(TensorProto tensor, string half, string name)
    {
        var values = Weights.Floats(tensor);
        var halves = new Half[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            if (float.IsNaN(value) || float.IsFinite(value) && MathF.Abs(value) > LargestHalf)
            {
                throw new GraphRewriteException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"the weights '{name}' hold {value}, float16 ends at {LargestHalf}; leave the model in float32, or try "
                        + $"--precision int8"));
            }

            halves[i] = (Half)value;
        }

        _rewritten += values.Length;
        return Weights.OfHalves(half, halves, [.. tensor.Dims]);
    }
}
