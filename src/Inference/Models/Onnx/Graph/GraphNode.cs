namespace StreamNer.Inference.Models.Onnx.Graph;

/// <summary>Makes the nodes that are added to graphs, and reads the attributes of those that are found there.</summary>
internal static class GraphNode
{
    /// <summary>A node of ONNX's own operators. It has no name: two of one name are refused, and what it gives names it.</summary>
    public static NodeProto Of(string type, string[] inputs, params string[] outputs)
    {
        var node = new NodeProto { OpType = type };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        return node;
    }

    /// <summary>A cast.</summary>
    public static NodeProto Cast(string input, string output, TensorProto.Types.DataType to) =>
        Of("Cast", [input], output).With("to", (long)to);

    /// <summary>The node with an attribute that is a whole number.</summary>
    public static NodeProto With(this NodeProto node, string name, long value)
    {
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value });
        return node;
    }

    /// <summary>The node with an attribute that is a list of whole numbers.</summary>
    public static NodeProto With(this NodeProto node, string name, long[] values)
    {
        node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { values } });
        return node;
    }

    /// <summary>A whole number.</summary>
    public static long Whole(NodeProto node, string name, long otherwise) => Find(node, name)?.I ?? otherwise;

    /// <summary>A number.</summary>
    public static float Real(NodeProto node, string name, float otherwise) => Find(node, name)?.F ?? otherwise;

    /// <summary>Whether a node is one of ONNX's own operators.</summary>
    public static bool IsStandard(NodeProto node) => node.Domain is "" or "ai.onnx";

    private static AttributeProto? Find(NodeProto node, string name) => node.Attribute.FirstOrDefault(attribute => attribute.Name == name);
}
