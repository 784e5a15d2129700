using System.Globalization;
using Google.Protobuf;
using StreamNer.Inference.Files;
using StreamNer.Inference.Models.Onnx.Graph;

namespace StreamNer.Inference.Models.Onnx.Rewriting;

/// <summary>An ONNX file with its weights in memory, those that lay in files beside it too. One thread.</summary>
/// <remarks>The file is untrusted: bounded, and the paths of weights beside it stay inside the model's folder.</remarks>
internal sealed class OnnxGraphFile
{
    /// <summary>Name of the file beside the graph that takes the weights which don't fit into it.</summary>
    public const string WeightsName = "model.onnx_data";

    /// <summary>Weights of more bytes than this go into a file of their own: a protocol buffer has less than 2 GiB.</summary>
    private const long MostInside = 1_900_000_000;

    /// <summary>What is smaller stays in the graph.</summary>
    private const int LeastOutside = 1024;

    /// <summary>Offsets that can be mapped into memory wherever pages have 4 KiB.</summary>
    private const int Page = 4096;

    private const int Depth = 100;

    private OnnxGraphFile(ModelProto model, long bytes) => (Model, Bytes) = (model, bytes);

    /// <summary>What was read; rewriters change it in place.</summary>
    public ModelProto Model { get; }

    /// <summary>Bytes that were read.</summary>
    public long Bytes { get; }

    /// <summary>Version of ONNX's own operators; 0 when the file names none.</summary>
    public long Opset => Model.OpsetImport.Where(set => set.Domain is "" or "ai.onnx").Select(set => set.Version).FirstOrDefault();

    /// <summary>Reads a file and the weights beside it.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="folder">The model's folder: nothing outside of it is read.</param>
    /// <param name="mostBytes">Most bytes of all together.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="GraphRewriteException">It can't be read, is too large or names files outside of the folder.</exception>
    public static OnnxGraphFile Read(string path, string folder, long mostBytes, CancellationToken stop = default)
    {
        try
        {
            using var file = BoundedFile.OpenRegular(path);
            if (file.Length > Math.Min(mostBytes, int.MaxValue))
                throw TooLarge(path, file.Length, mostBytes);
            var model = ModelProto.Parser.ParseFrom(CodedInputStream.CreateWithLimits(file, int.MaxValue, Depth));
            if (model.Graph is null)
                throw new GraphRewriteException($"{path} holds no graph; export the model again");
            return new OnnxGraphFile(
                model, file.Length + ReadBeside(model, Path.GetDirectoryName(path)!, folder, mostBytes - file.Length, stop));
        }
        catch (InvalidProtocolBufferException broken)
        {
            throw new GraphRewriteException($"{path} can't be read as an ONNX model: {broken.Message}", broken);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new GraphRewriteException($"{path} can't be read: {unreadable.Message}", unreadable);
        }
    }

    /// <summary>Writes the graph as <c>model.onnx</c>; weights that are too many for it beside it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="mostInside">Most bytes of weights in the graph's own file.</param>
    /// <param name="stop">Ends it; what was written so far is of no use then.</param>
    /// <returns>Bytes of all that was written.</returns>
    public long Write(string folder, long mostInside = MostInside, CancellationToken stop = default)
    {
        var beside = 0L;
        if (Tensors(Model.Graph).Sum(tensor => (long)tensor.RawData.Length) > mostInside)
            beside = WriteBeside(Path.Combine(folder, WeightsName), stop);
        stop.ThrowIfCancellationRequested();
        using var file = new FileStream(Path.Combine(folder, "model.onnx"), FileMode.CreateNew, FileAccess.Write);
        Model.WriteTo(file);
        return beside + file.Length;
    }

    /// <summary>Every tensor of a graph: its weights, and those in nodes and in what lies below them.</summary>
    public static IEnumerable<TensorProto> Tensors(GraphProto graph) => graph.Initializer
        .Concat(graph.Node.SelectMany(node => node.Attribute).SelectMany(attribute =>
            attribute.T is null ? attribute.Tensors : attribute.Tensors.Prepend(attribute.T)))
        .Concat(graph.Node.SelectMany(GraphIndex.Inner).SelectMany(Tensors));

    private static long ReadBeside(ModelProto model, string place, string folder, long mostBytes, CancellationToken stop)
    {
        var left = mostBytes;
        foreach (var tensor in Tensors(model.Graph).Where(tensor => tensor.DataLocation == TensorProto.Types.DataLocation.External))
        {
            stop.ThrowIfCancellationRequested();
            var where = tensor.ExternalData.ToLookup(entry => entry.Key, entry => entry.Value);
            var path = Path.GetFullPath(Path.Combine(place, where["location"].FirstOrDefault() ?? ""));
            if (!path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new GraphRewriteException($"the weights '{tensor.Name}' lie outside of the model folder; fetch the model again");
            using var file = BoundedFile.OpenRegular(path);
            var offset = Number(where["offset"].FirstOrDefault(), 0, tensor);
            var length = Number(where["length"].FirstOrDefault(), file.Length - offset, tensor);
            if (offset > file.Length || length > file.Length - offset)
            {
                throw new GraphRewriteException($"the weights '{tensor.Name}' end behind the end of {path}, which has {file.Length} "
                    + "bytes; fetch the model again");
            }

            if (length > Math.Min(left, Array.MaxLength))
                throw TooLarge(path, file.Length, left);
            left -= length;
            var bytes = GC.AllocateUninitializedArray<byte>((int)length);
            file.Position = offset;
            file.ReadExactly(bytes);
            tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
            tensor.ExternalData.Clear();
            tensor.ClearDataLocation();
        }

        return mostBytes - left;
    }

    private static GraphRewriteException TooLarge(string path, long bytes, long mostBytes) => new(
        $"{path} has {bytes} bytes, {Math.Max(0, mostBytes)} are left of what is taken into memory, half of what there is; do it on a "
            + "machine with more");

    private static long Number(string? text, long otherwise, TensorProto tensor) =>
        text is null ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new GraphRewriteException($"the weights '{tensor.Name}' have no place in their file that is a number; fetch the model "
            + "again");

    private long WriteBeside(string path, CancellationToken stop)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        foreach (var tensor in Model.Graph.Initializer.Where(tensor => tensor.RawData.Length >= LeastOutside))
        {
            stop.ThrowIfCancellationRequested();
            file.Position = (file.Position + Page - 1) / Page * Page;
            var (offset, length) = (file.Position, tensor.RawData.Length);
            file.Write(tensor.RawData.Span);
            tensor.ClearRawData();
            tensor.DataLocation = TensorProto.Types.DataLocation.External;
            Entry("location", WeightsName);
            Entry("offset", offset.ToString(CultureInfo.InvariantCulture));
            Entry("length", length.ToString(CultureInfo.InvariantCulture));

            void Entry(string key, string value) => tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        }

        return file.Length;
    }
}
