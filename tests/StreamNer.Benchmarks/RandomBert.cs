using System.Runtime.InteropServices;
using Google.Protobuf;
using StreamNer.Inference.Models.Onnx.Graph;
using StreamNer.TestSupport;

namespace StreamNer.Benchmarks;

/// <summary>
/// A model folder of BERT's shape with random weights, in the operators that ONNX Runtime's optimizer makes of an exported one: what such a
/// model costs, without one. Its tokenizer is that of the default model. Removed when disposed.
/// </summary>
internal sealed class RandomBert : IDisposable
{
    private const int Width = 768;
    private const int Heads = 12;
    private const int Inner = 3072;
    private const int Positions = 512;
    private const int Labels = 9;
    private const string Contributed = "com.microsoft";

    private readonly GraphProto _graph = new() { Name = "bert" };
    private readonly Random _random = new(1);
    private readonly bool _half;

    public RandomBert(int layers, bool half)
    {
        _half = half;
        Folder = Path.Combine(Directory.CreateTempSubdirectory("streamner-bert-").FullName, half ? "bert-float16" : "bert-float32");
        Directory.CreateDirectory(Folder);
        foreach (var name in (string[])["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"])
            File.Copy(Path.Combine(Repository.DefaultModel, name), Path.Combine(Folder, name));
        var pieces = File.ReadLines(Path.Combine(Folder, "vocab.txt")).Count();
        var labels = string.Join(", ", Enumerable.Range(0, Labels).Select(label => $"\"{label}\": \"{(label == 0 ? "O" : $"L{label}")}\""));
        File.WriteAllText(Path.Combine(Folder, "config.json"), $$"""
            {"model_type": "bert", "vocab_size": {{pieces}}, "max_position_embeddings": {{Positions}}, "id2label": { {{labels}} } }
            """);
        Build(layers, pieces);
        var model = new ModelProto
        {
            IrVersion = 8,
            ProducerName = "streamner-benchmarks",
            Graph = _graph,
            OpsetImport =
            {
                new OperatorSetIdProto { Version = 17 },
                new OperatorSetIdProto { Domain = Contributed, Version = 1 },
            },
        };
        using var file = File.Create(Path.Combine(Folder, "model.onnx"));
        model.WriteTo(file);
    }

    public string Folder { get; }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(Folder)!, recursive: true);

    private void Build(int layers, int pieces)
    {
        foreach (var name in (string[])["input_ids", "attention_mask"])
            _graph.Input.Add(Value(name, TensorProto.Types.DataType.Int64, "windows", "pieces"));
        Weights("pieces", pieces, Width);
        Weights("positions", Positions, Width);
        Numbers("first", 0);
        Numbers("one", 1);
        Node("Cast", ["attention_mask"], "mask", Number("to", (int)TensorProto.Types.DataType.Int32));
        Node("Shape", ["input_ids"], "shape");
        Node("Gather", ["shape", "one"], "width");
        Node("Range", ["first", "width", "one"], "places");
        Node("Gather", ["positions", "places"], "place");
        Node("Gather", ["pieces", "input_ids"], "piece");
        Node("Add", ["piece", "place"], "embedded");
        Norm("embeddings");
        Node("LayerNormalization", ["embedded", "embeddings.scale", "embeddings.bias"], "layer.0", Number("axis", -1));
        for (var layer = 0; layer < layers; layer++)
            Layer(layer, $"layer.{layer}", $"layer.{layer + 1}");
        Weights("classifier.weight", Width, Labels);
        Weights("classifier.bias", Labels);
        Node("MatMul", [$"layer.{layers}", "classifier.weight"], "scores");
        Node("Add", ["scores", "classifier.bias"], "logits");
        var type = _half ? TensorProto.Types.DataType.Float16 : TensorProto.Types.DataType.Float;
        _graph.Output.Add(Value("logits", type, "windows", "pieces", $"{Labels}"));
    }

    private void Layer(int number, string input, string output)
    {
        var name = $"{number}.";
        Weights(name + "qkv.weight", Width, 3 * Width);
        Weights(name + "qkv.bias", 3 * Width);
        Contribute("Attention", [input, name + "qkv.weight", name + "qkv.bias", "mask"], name + "attended", Number("num_heads", Heads));
        Weights(name + "out.weight", Width, Width);
        Weights(name + "out.bias", Width);
        Node("MatMul", [name + "attended", name + "out.weight"], name + "out");
        Norm(name + "middle");
        Contribute("SkipLayerNormalization",
            [name + "out", input, name + "middle.scale", name + "middle.bias", name + "out.bias"], name + "middle");
        Weights(name + "up.weight", Width, Inner);
        Weights(name + "up.bias", Inner);
        Node("MatMul", [name + "middle", name + "up.weight"], name + "up");
        Contribute("BiasGelu", [name + "up", name + "up.bias"], name + "inner");
        Weights(name + "down.weight", Inner, Width);
        Weights(name + "down.bias", Width);
        Node("MatMul", [name + "inner", name + "down.weight"], name + "down");
        Norm(name + "end");
        Contribute("SkipLayerNormalization",
            [name + "down", name + "middle", name + "end.scale", name + "end.bias", name + "down.bias"], output);
    }

    private void Norm(string name)
    {
        Tensor(name + ".scale", [.. Enumerable.Repeat(1f, Width)], Width);
        Tensor(name + ".bias", new float[Width], Width);
    }

    private void Weights(string name, params int[] shape)
    {
        var values = new float[shape.Aggregate(1, (product, size) => product * size)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (_random.NextSingle() - 0.5f) * 0.07f;
        Tensor(name, values, shape);
    }

    private void Tensor(string name, float[] values, params int[] shape)
    {
        var tensor = new TensorProto
        {
            Name = name,
            DataType = (int)(_half ? TensorProto.Types.DataType.Float16 : TensorProto.Types.DataType.Float),
            RawData = ByteString.CopyFrom(_half
                ? MemoryMarshal.AsBytes(Array.ConvertAll(values, value => (Half)value).AsSpan())
                : MemoryMarshal.AsBytes(values.AsSpan())),
        };
        tensor.Dims.AddRange(shape.Select(size => (long)size));
        _graph.Initializer.Add(tensor);
    }

    private void Numbers(string name, long value) => _graph.Initializer.Add(new TensorProto
    {
        Name = name,
        DataType = (int)TensorProto.Types.DataType.Int64,
        Int64Data = { value },
    });

    private void Contribute(string type, string[] inputs, string output, params AttributeProto[] attributes)
    {
        Node(type, inputs, output, attributes);
        _graph.Node[^1].Domain = Contributed;
    }

    private void Node(string type, string[] inputs, string output, params AttributeProto[] attributes) => _graph.Node.Add(new NodeProto
    {
        OpType = type,
        Name = output,
        Input = { inputs },
        Output = { output },
        Attribute = { attributes },
    });

    private static AttributeProto Number(string name, long value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, params string[] axes)
    {
        var shape = new TensorShapeProto();
        foreach (var axis in axes)
        {
            shape.Dim.Add(long.TryParse(axis, out var size)
                ? new TensorShapeProto.Types.Dimension { DimValue = size }
                : new TensorShapeProto.Types.Dimension { DimParam = axis });
        }

        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } },
        };
    }
}
