using Google.Protobuf;
using StreamNer.Inference.Models.Onnx.Graph;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>
/// The end of a graph that reads the logits where they are computed: each piece's best label and its probability, 6 bytes in place of the
/// logits of all labels.
/// </summary>
/// <remarks>
/// A model with the head is the model's bytes with those of a second, small model behind them: protobuf merges the two as it reads, and a
/// graph's nodes and outputs are those of both. So nothing of a model is read, changed or held twice.
/// </remarks>
internal static class AddedHead
{
    /// <summary>uint16 <c>[windows, width]</c>: index of the highest logit, the first of equals.</summary>
    public const string Best = "streamner.best";

    /// <summary>
    /// float32 <c>[windows, width]</c>: that label's share of the sum of exponentials; NaN where a logit of the piece is no number.
    /// </summary>
    public const string Probability = "streamner.probability";

    /// <summary>Versions of ONNX's operators from which on sums and maxima take their axes as an input.</summary>
    private const int SumTakesAxes = 13;
    private const int MaxTakesAxes = 18;

    private const string Axis = "streamner.axis";

    /// <summary>Reads a model's file and adds the head.</summary>
    /// <param name="path">The ONNX file; one that the runtime has loaded before.</param>
    /// <param name="graph">What it gives.</param>
    /// <param name="labels">Number of labels.</param>
    /// <returns>
    /// The model's bytes; null where it can't have the head: too many labels, more than an array holds, or no version of ONNX's operators.
    /// </returns>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static byte[]? AddTo(string path, GraphSignature graph, int labels)
    {
        if (labels > ushort.MaxValue + 1)
            return null;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (OperatorVersion(file) is not { } version)
            return null;
        var head = Head(graph, version).ToByteArray();
        if (file.Length + head.Length > Array.MaxLength)
            return null;
        var model = GC.AllocateUninitializedArray<byte>((int)file.Length + head.Length);
        file.Position = 0;
        file.ReadExactly(model.AsSpan(0, model.Length - head.Length));
        head.CopyTo(model, model.Length - head.Length);
        return model;
    }

    /// <summary>The version of ONNX's own operators that a model is written in.</summary>
    private static long? OperatorVersion(Stream file)
    {
        var input = CodedInputStream.CreateWithLimits(file, sizeLimit: int.MaxValue, recursionLimit: 100);
        try
        {
            while (input.ReadTag() is var tag and not 0)
            {
                if (WireFormat.GetTagFieldNumber(tag) != ModelProto.OpsetImportFieldNumber)
                {
                    input.SkipLastField();
                    continue;
                }

                var operators = new OperatorSetIdProto();
                input.ReadMessage(operators);
                if (operators.Domain is "" or "ai.onnx")
                    return operators.Version;
            }
        }
        catch (InvalidProtocolBufferException)
        {
            // More than protobuf reads at once.
        }

        return null;
    }

    private static ModelProto Head(GraphSignature graph, long version)
    {
        var head = new GraphProto();
        head.Initializer.Add(new TensorProto
        {
            Name = Axis,
            DataType = (int)TensorProto.Types.DataType.Int64,
            Dims = { 1 },
            Int64Data = { 2 },
        });
        var logits = graph.Output;
        if (graph.HalfPrecision)
        {
            head.Node.Add(GraphNode.Cast(logits, "streamner.logits", TensorProto.Types.DataType.Float));
            logits = "streamner.logits";
        }

        head.Node.Add(GraphNode.Of("ArgMax", [logits], "streamner.index").With("axis", 2).With("keepdims", 0));
        head.Node.Add(GraphNode.Cast("streamner.index", Best, TensorProto.Types.DataType.Uint16));

        // The difference of a number with itself is 0; of an infinity, which softmax makes nothing of, it is none.
        head.Node.Add(GraphNode.Of("Softmax", [logits], "streamner.probabilities").With("axis", 2));
        head.Node.Add(Reduce("ReduceMax", "streamner.probabilities", "streamner.highest", version >= MaxTakesAxes));
        head.Node.Add(Reduce("ReduceSum", logits, "streamner.sum", version >= SumTakesAxes));
        head.Node.Add(GraphNode.Of("Sub", ["streamner.sum", "streamner.sum"], "streamner.nothing"));
        head.Node.Add(GraphNode.Of("Add", ["streamner.highest", "streamner.nothing"], Probability));
        head.Output.Add(Output(Best, TensorProto.Types.DataType.Uint16));
        head.Output.Add(Output(Probability, TensorProto.Types.DataType.Float));
        return new ModelProto { Graph = head };
    }

    private static NodeProto Reduce(string type, string from, string to, bool takesAxes) => takesAxes
        ? GraphNode.Of(type, [from, Axis], to).With("keepdims", 0)
        : GraphNode.Of(type, [from], to).With("keepdims", 0).With("axes", [2]);

    private static ValueInfoProto Output(string name, TensorProto.Types.DataType type) =>
        new() { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type } } };
}
