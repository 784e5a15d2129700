using System.Text;
using StreamNer.Inference.Files;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>Finds the files beside an ONNX graph that hold its weights. Any thread.</summary>
internal static class ExternalWeights
{
    private const int MostFiles = 4096;
    private const int DeepestFolder = 4;
    private const int Chunk = 1 << 20;

    /// <summary>
    /// The files whose names stand in the graph as the place of weights, and those whose names begin with its own, as exporters write them:
    /// <c>model.onnx_data</c>, <c>model.onnx.data</c>.
    /// </summary>
    /// <param name="onnxFile">Full path of the graph.</param>
    /// <returns>Full paths, in the order of the names.</returns>
    /// <exception cref="IOException">A file can't be read.</exception>
    /// <remarks>
    /// The graph is searched for the names of the files that are there, and not read for those that it names: that finds them in whatever
    /// node or graph within it, takes no memory, and never leads out of the folder. A name that stands there for something else is one
    /// file more.
    /// </remarks>
    public static IReadOnlyList<string> Of(string onnxFile)
    {
        var folder = Path.GetDirectoryName(onnxFile)!;
        List<(string Path, byte[] Name)> named = [];
        List<string> found = [];
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = DeepestFolder,
            AttributesToSkip = FileAttributes.None,
            IgnoreInaccessible = true,
        };
        foreach (var path in Directory.EnumerateFiles(folder, "*", options).Take(MostFiles))
        {
            if (path == onnxFile)
                continue;
            if (path.StartsWith(onnxFile, StringComparison.Ordinal))
                found.Add(path);
            else
                named.Add((path, Encoding.UTF8.GetBytes(Path.GetFileName(path))));
        }

        if (named.Count > 0)
            found.AddRange(Search(onnxFile, named));
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private static List<string> Search(string onnxFile, List<(string Path, byte[] Name)> named)
    {
        List<string> found = [];
        var overlap = named.Max(file => file.Name.Length);
        var buffer = new byte[overlap + Chunk];
        using var file = BoundedFile.OpenRegular(onnxFile);
        for (var kept = 0; named.Count > 0 && file.ReadAtLeast(buffer.AsSpan(kept), Chunk, throwOnEndOfStream: false) is var read and > 0;)
        {
            var filled = kept + read;
            named.RemoveAll(candidate =>
            {
                if (!StandsIn(buffer.AsSpan(0, filled), candidate.Name))
                    return false;
                found.Add(candidate.Path);
                return true;
            });

            // What begins at the end of this part goes on in the next.
            kept = Math.Min(overlap, filled);
            buffer.AsSpan(filled - kept, kept).CopyTo(buffer);
        }

        return found;
    }

    /// <summary>Whether a file's name stands there with its length before it, as protobuf writes text, or at a path's end.</summary>
    private static bool StandsIn(ReadOnlySpan<byte> graph, ReadOnlySpan<byte> name)
    {
        var lastOfLength = (byte)(name.Length < 0x80 ? name.Length : name.Length >> 7);
        for (var from = 1; from < graph.Length && graph[from..].IndexOf(name) is var at and >= 0; from += at + 1)
        {
            if (graph[from + at - 1] is var before && (before == lastOfLength || before == '/'))
                return true;
        }

        return false;
    }
}
