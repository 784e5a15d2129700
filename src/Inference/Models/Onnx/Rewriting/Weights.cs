using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Google.Protobuf;
using StreamNer.Inference.Models.Onnx.Graph;

namespace StreamNer.Inference.Models.Onnx.Rewriting;

/// <summary>Numbers in and out of the tensors of an ONNX file.</summary>
internal static class Weights
{
    private static readonly TensorProto.Types.DataType Float = TensorProto.Types.DataType.Float;

    /// <summary>Elements of a tensor by its shape; -1 for a shape that no tensor has.</summary>
    public static long Count(TensorProto tensor)
    {
        var count = 1L;
        foreach (var size in tensor.Dims)
        {
            if (size < 0 || size > int.MaxValue || (count *= size) > int.MaxValue)
                return -1;
        }

        return count;
    }

    /// <summary>Whether a tensor holds float32 numbers.</summary>
    public static bool IsFloat(TensorProto tensor) => tensor.DataType == (int)Float;

    /// <summary>The float32 numbers of a tensor, row-major.</summary>
    /// <exception cref="GraphRewriteException">It holds more or fewer than its shape says.</exception>
    public static float[] Floats(TensorProto tensor)
    {
        var count = Count(tensor);
        var values = tensor.FloatData.Count > 0 ? [.. tensor.FloatData] : FromBytes(tensor.RawData.Span);
        return count == values.Length
            ? values
            : throw new GraphRewriteException($"the weights '{tensor.Name}' hold {values.Length} numbers, their shape says {count}; "
                + "fetch the model again");
    }

    /// <summary>A tensor of float32.</summary>
    public static TensorProto OfFloats(string name, ReadOnlySpan<float> values, params ReadOnlySpan<long> shape)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        return Of(name, TensorProto.Types.DataType.Float, bytes, shape);
    }

    /// <summary>A tensor of int8.</summary>
    public static TensorProto OfBytes(string name, sbyte[] values, params ReadOnlySpan<long> shape) =>
        Of(name, TensorProto.Types.DataType.Int8, MemoryMarshal.AsBytes(values.AsSpan()), shape);

    /// <summary>A tensor of float16.</summary>
    public static TensorProto OfHalves(string name, ReadOnlySpan<Half> values, params ReadOnlySpan<long> shape)
    {
        var bytes = new byte[values.Length * 2];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(i * 2), values[i]);
        return Of(name, TensorProto.Types.DataType.Float16, bytes, shape);
    }

    private static TensorProto Of(string name, TensorProto.Types.DataType type, ReadOnlySpan<byte> bytes, ReadOnlySpan<long> shape)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        foreach (var size in shape)
            tensor.Dims.Add(size);
        return tensor;
    }

    private static float[] FromBytes(ReadOnlySpan<byte> bytes)
    {
        var values = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
        return values;
    }
}

/// <summary>A graph can't be rewritten as asked. Names what is in the way, and the way out.</summary>
internal sealed class GraphRewriteException(string message, Exception? inner = null) : Exception(message, inner);
