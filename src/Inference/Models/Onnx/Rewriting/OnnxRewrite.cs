using StreamNer.Inference.Models.Onnx.Graph;

namespace StreamNer.Inference.Models.Onnx.Rewriting;

/// <summary>Writes the ONNX file of a model anew, in fewer bits.</summary>
internal static class OnnxRewrite
{
    /// <summary>What only a graph in 8 bits or fewer has.</summary>
    private static readonly HashSet<string> OfIntegers = new(StringComparer.Ordinal)
    {
        "DynamicQuantizeLinear", "QuantizeLinear", "DequantizeLinear", "MatMulInteger", "QLinearMatMul", "ConvInteger", "QLinearConv",
        "DynamicQuantizeMatMul", "MatMulIntegerToFloat", "QAttention", "QGemm", "QEmbedLayerNormalization", "MatMulNBits", "MatMulFpQ4",
        "DynamicQuantizeLSTM", "QMoE", "GatherBlockQuantized",
    };

    /// <summary>Reads a model's file, rewrites it, and writes <c>model.onnx</c> into another folder. Blocks.</summary>
    /// <param name="file">The ONNX file.</param>
    /// <param name="folder">The model's folder; nothing outside of it is read.</param>
    /// <param name="into">A folder that is there and empty.</param>
    /// <param name="precision">What to.</param>
    /// <param name="producer">Which version of the product does it, for the file to say.</param>
    /// <param name="mostBytes">Most bytes of weights that are taken into memory.</param>
    /// <param name="stop">Ends it; what was written so far is of no use then.</param>
    /// <exception cref="GraphRewriteException">It can't be rewritten, with the reason.</exception>
    public static RewrittenModel Run(
        string file, string folder, string into, WeightPrecision precision, string producer, long mostBytes,
        CancellationToken stop = default)
    {
        var graph = OnnxGraphFile.Read(file, folder, mostBytes, stop);
        RefuseRewritten(graph.Model.Graph, file);
        if (graph.Opset < DynamicInt8.LeastOpset)
        {
            throw new GraphRewriteException($"{file} was exported with opset {graph.Opset}, {DynamicInt8.LeastOpset} or more is needed; "
                + "export the model again, with opset 14 or more");
        }

        if (graph.Model.Functions.Count > 0 && precision == WeightPrecision.Half)
            throw new GraphRewriteException($"{file} has functions of its own, which are not rewritten; export the model without them");

        var summary = precision == WeightPrecision.Int8
            ? DynamicInt8.Rewrite(graph.Model.Graph, new Int8Limits(), stop)
            : HalfPrecision.Rewrite(graph.Model.Graph, stop);
        if (summary.Rewritten == 0)
        {
            throw new GraphRewriteException($"{file} has no float32 matrix or table that is worth rewriting: none is multiplied by MatMul "
                + "or Gemm, or all are small");
        }

        graph.Model.ProducerName = "streamner";
        graph.Model.ProducerVersion = producer;

        // Weights that are no inputs at the same time came with it.
        graph.Model.IrVersion = Math.Max(graph.Model.IrVersion, 4);
        return new RewrittenModel(summary, graph.Bytes, graph.Write(into, stop: stop));
    }

    private static void RefuseRewritten(GraphProto graph, string file)
    {
        if (graph.Node.FirstOrDefault(node => OfIntegers.Contains(node.OpType)) is { } node)
        {
            throw new GraphRewriteException($"{file} is in 8 bits or fewer already (it has {node.OpType}); start from the model's float32 "
                + "file, which --file names");
        }

        var halves = OnnxGraphFile.Tensors(graph)
            .Where(tensor => tensor.DataType is (int)TensorProto.Types.DataType.Float16 or (int)TensorProto.Types.DataType.Bfloat16)
            .Sum(Weights.Count);
        if (halves > 0 && halves > OnnxGraphFile.Tensors(graph).Where(Weights.IsFloat).Sum(Weights.Count))
        {
            throw new GraphRewriteException($"{file} is in half precision already; start from the model's float32 file, which --file "
                + "names");
        }
    }
}

/// <summary>What weights are stored and multiplied in.</summary>
internal enum WeightPrecision
{
    /// <summary>8 bits, for processors.</summary>
    Int8,

    /// <summary>float16, for GPUs.</summary>
    Half,
}

/// <summary>A model's file that was rewritten.</summary>
/// <param name="Summary">What was done.</param>
/// <param name="BytesBefore">Bytes of the graph and its weights before.</param>
/// <param name="BytesAfter">Bytes of all that was written.</param>
internal sealed record RewrittenModel(RewriteSummary Summary, long BytesBefore, long BytesAfter);
