using Google.Protobuf;
using StreamNer.Inference.Models.Onnx.Graph;
using StreamNer.Inference.Models.Onnx.Rewriting;
using DataType = StreamNer.Inference.Models.Onnx.Graph.TensorProto.Types.DataType;

namespace StreamNer.TestSupport.Inference;

/// <summary>Builds ONNX graphs of any size, so that what rewrites graphs has some to rewrite.</summary>
internal sealed class GraphBuilder
{
    private int _unnamed;

    public GraphBuilder(int opset = 14)
    {
        Model = new ModelProto { IrVersion = 8, Graph = Graph };
        Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = opset });
        Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
    }

    public ModelProto Model { get; }

    public GraphProto Graph { get; } = new() { Name = "test" };

    /// <summary>Adds an input; axes below 0 are dynamic.</summary>
    public GraphBuilder Input(string name, DataType type, params long[] axes)
    {
        Graph.Input.Add(Value(name, type, axes));
        return this;
    }

    /// <summary>Adds an output; axes below 0 are dynamic.</summary>
    public GraphBuilder Output(string name, DataType type, params long[] axes)
    {
        Graph.Output.Add(Value(name, type, axes));
        return this;
    }

    public string Floats(string name, float[] values, params long[] shape) => Add(Weights.OfFloats(name, values, shape));

    public string Whole(string name, params long[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)DataType.Int64 };
        tensor.Dims.Add(values.Length);
        tensor.Int64Data.AddRange(values);
        return Add(tensor);
    }

    /// <summary>Adds a node of one output and gives its name, which is made up unless given.</summary>
    public string Node(string type, string[] inputs, string? output = null, string domain = "", params AttributeProto[] attributes)
    {
        output ??= $"{type}_{_unnamed++}";
        var node = new NodeProto { OpType = type, Name = output, Domain = domain };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        Graph.Node.Add(node);
        return output;
    }

    public static AttributeProto Attribute(string name, long value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    public static AttributeProto Attribute(string name, float value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value };

    public static AttributeProto Attribute(string name, TensorProto value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Tensor, T = value };

    public static AttributeProto Attribute(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    /// <summary>A layer's normalization in the parts that exporters before opset 17 write.</summary>
    public string Normalization(string x, string weight, string bias, float epsilon = 1e-12f)
    {
        var mean = Node("ReduceMean", [x], null, "", Attribute("axes", [-1L]));
        var centred = Node("Sub", [x, mean]);
        var squares = Node("Pow", [centred, Floats($"{centred}_two", [2])]);
        var variance = Node("ReduceMean", [squares], null, "", Attribute("axes", [-1L]));
        var deviation = Node("Sqrt", [Node("Add", [variance, Floats($"{centred}_epsilon", [epsilon])])]);
        return Node("Add", [Node("Mul", [Node("Div", [centred, deviation]), weight]), bias]);
    }

    public void Save(string path) => File.WriteAllBytes(path, Model.ToByteArray());

    /// <summary>Saves the graph with every weight in a file beside it.</summary>
    public void SaveWithWeightsBeside(string path, string location)
    {
        var model = Model.Clone();
        using var beside = new MemoryStream();
        foreach (var tensor in model.Graph.Initializer.Where(tensor => tensor.RawData.Length > 0))
        {
            tensor.DataLocation = TensorProto.Types.DataLocation.External;
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = $"{beside.Position}" });
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = $"{tensor.RawData.Length}" });
            tensor.RawData.WriteTo(beside);
            tensor.ClearRawData();
        }

        File.WriteAllBytes(path, model.ToByteArray());
        File.WriteAllBytes(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, location)), beside.ToArray());
    }

    private string Add(TensorProto tensor)
    {
        Graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    private static ValueInfoProto Value(string name, DataType type, long[] axes)
    {
        var shape = new TensorShapeProto();
        foreach (var (index, axis) in axes.Index())
        {
            shape.Dim.Add(axis < 0
                ? new TensorShapeProto.Types.Dimension { DimParam = $"axis{index}" }
                : new TensorShapeProto.Types.Dimension { DimValue = axis });
        }

        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }
}
