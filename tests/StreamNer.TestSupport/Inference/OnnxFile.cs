using System.Runtime.InteropServices;
using System.Text;

namespace StreamNer.TestSupport.Inference;

/// <summary>Writes ONNX graphs of a few nodes, so that tests can have models of any shape without a file each.</summary>
/// <remarks>The protocol buffers of onnx.proto by hand: only what such graphs need.</remarks>
public sealed class OnnxFile
{
    private const int Float = 1;
    private const int Int64 = 7;
    private const int Boolean = 9;
    private const int GraphAttribute = 5;

    private readonly List<byte> _nodes = [];
    private readonly List<byte> _initializers = [];
    private readonly List<byte> _inputs = [];
    private readonly List<byte> _outputs = [];

    /// <summary>Adds a node.</summary>
    public OnnxFile Node(string type, string[] inputs, string output)
    {
        List<byte> node = [];
        foreach (var input in inputs)
            Text(node, 1, input);
        Text(node, 2, output);
        Text(node, 3, output);
        Text(node, 4, type);
        Bytes(_nodes, 1, node);
        return this;
    }

    /// <summary>Adds a node that hands an int64 vector on after a loop that never ends.</summary>
    public OnnxFile EndlessLoop(string input, string output) =>
        Initializer("always", Boolean, [1], []).EndlessLoop(input, output, "always");

    /// <summary>Adds a node that hands an int64 vector on, after a loop that never ends where a boolean is true.</summary>
    public OnnxFile EndlessLoop(string input, string output, string condition)
    {
        var body = new OnnxFile().Node("Identity", ["goes on"], "still goes on").Node("Identity", ["carried"], "still carried");
        Text(body._nodes, 2, "body");
        Bytes(body._nodes, 11, Value("turn", Int64));
        Bytes(body._nodes, 11, Value("goes on", Boolean));
        Bytes(body._nodes, 11, Value("carried", Int64, "count"));
        Bytes(body._nodes, 12, Value("still goes on", Boolean));
        Bytes(body._nodes, 12, Value("still carried", Int64, "count"));
        List<byte> attribute = [];
        Text(attribute, 1, "body");
        Bytes(attribute, 6, body._nodes);
        Varint(attribute, 20, GraphAttribute);
        List<byte> node = [];
        foreach (var name in (string[])["", condition, input])
            Text(node, 1, name);
        Text(node, 2, output);
        Text(node, 3, output);
        Text(node, 4, "Loop");
        Bytes(node, 5, attribute);
        Bytes(_nodes, 1, node);
        return this;
    }

    /// <summary>Adds a table of float32, row-major.</summary>
    public OnnxFile Table(string name, float[] values, params long[] shape) =>
        Initializer(name, Float, MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), shape);

    /// <summary>Adds int64 values; without a shape it is one number.</summary>
    public OnnxFile Number(string name, long value, params long[] shape) => Initializer(name, Int64, BitConverter.GetBytes(value), shape);

    /// <summary>Adds an int64 input with the dynamic axes batch and sequence.</summary>
    public OnnxFile Input(string name) => Input(name, "batch", "sequence");

    /// <summary>Adds an int64 input; an axis that is no number is dynamic.</summary>
    public OnnxFile Input(string name, params string[] axes)
    {
        Bytes(_inputs, 11, Value(name, Int64, axes));
        return this;
    }

    /// <summary>Adds a float32 output; an axis that is no number is dynamic.</summary>
    public OnnxFile Output(string name, params string[] axes)
    {
        Bytes(_outputs, 12, Value(name, Float, axes));
        return this;
    }

    /// <summary>Writes the file.</summary>
    public void Save(string path)
    {
        List<byte> graph = [.. _nodes];
        Text(graph, 2, "test");
        graph.AddRange(_initializers);
        graph.AddRange(_inputs);
        graph.AddRange(_outputs);
        List<byte> operators = [];
        Varint(operators, 2, 14);
        List<byte> model = [];
        Varint(model, 1, 8);
        Bytes(model, 7, graph);
        Bytes(model, 8, operators);
        File.WriteAllBytes(path, [.. model]);
    }

    private OnnxFile Initializer(string name, int type, byte[] values, long[] shape)
    {
        List<byte> tensor = [];
        foreach (var dimension in shape)
            Varint(tensor, 1, dimension);
        Varint(tensor, 2, type);
        Text(tensor, 8, name);
        Bytes(tensor, 9, values);
        Bytes(_initializers, 5, tensor);
        return this;
    }

    private static List<byte> Value(string name, int type, params string[] axes)
    {
        List<byte> shape = [];
        foreach (var axis in axes)
        {
            List<byte> dimension = [];
            if (long.TryParse(axis, out var size))
                Varint(dimension, 1, size);
            else
                Text(dimension, 2, axis);
            Bytes(shape, 1, dimension);
        }

        List<byte> tensor = [];
        Varint(tensor, 1, type);
        Bytes(tensor, 2, shape);
        List<byte> of = [];
        Bytes(of, 1, tensor);
        List<byte> value = [];
        Text(value, 1, name);
        Bytes(value, 2, of);
        return value;
    }

    private static void Text(List<byte> into, int field, string text) => Bytes(into, field, Encoding.UTF8.GetBytes(text));

    private static void Bytes(List<byte> into, int field, IReadOnlyCollection<byte> content)
    {
        Number(into, (ulong)(field << 3 | 2));
        Number(into, (ulong)content.Count);
        into.AddRange(content);
    }

    private static void Varint(List<byte> into, int field, long value)
    {
        Number(into, (ulong)(field << 3));
        Number(into, (ulong)value);
    }

    private static void Number(List<byte> into, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            into.Add((byte)(value | 0x80));
        into.Add((byte)value);
    }
}
