using System.Runtime.InteropServices;
using StreamNer.Inference.Files;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>
/// The folder in which TensorRT keeps the engines of one model. It is held by one session at a time, of whatever process, until that
/// session is there: engines are written in place.
/// </summary>
/// <remarks>
/// ONNX Runtime calls an engine after the names in a graph, not after its weights, so two models of one architecture would share it. Hence
/// a folder for each, called after the bytes of its files and the version of TensorRT, which reads no other version's engines.
/// </remarks>
internal sealed class TensorRtEngines : IDisposable
{
    /// <summary>How often a folder that somebody else holds is asked for.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    /// <summary>Files beside a graph that hold none of its weights.</summary>
    private static readonly string[] NoWeights = [".json", ".txt", ".md", ".model", ".onnx"];

    /// <summary>Error numbers of a file that somebody else holds: of Linux, macOS and Windows.</summary>
    private static readonly int[] Held = [11, 35, unchecked((int)0x80070020)];

    private readonly FileStream _lock;

    private TensorRtEngines(string folder, FileStream held) => (Folder, _lock) = (folder, held);

    /// <summary>Full path of the folder. It exists.</summary>
    public string Folder { get; }

    /// <summary>Makes the folder of a model, and waits until nobody else holds it.</summary>
    /// <param name="root">Where the folders of all models lie; empty is the user's cache.</param>
    /// <param name="model">The model.</param>
    /// <param name="stop">Ends waiting.</param>
    /// <exception cref="ModelLoadException">There can't be such a folder.</exception>
    /// <exception cref="OperationCanceledException">Waiting was ended.</exception>
    public static TensorRtEngines Open(string root, OnnxModel model, CancellationToken stop)
    {
        root = root.Length > 0 ? Path.GetFullPath(root) : UsersCache(model);
        try
        {
            var folder = Path.Combine(root, $"{Fingerprint(model.File)}-{LibraryVersion()}");
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            while (true)
            {
                stop.ThrowIfCancellationRequested();
                try
                {
                    return new TensorRtEngines(folder,
                        new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
                }
                catch (IOException e) when (Held.Contains(e.HResult))
                {
                    stop.WaitHandle.WaitOne(Poll);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelLoadException(model.Folder,
                [$"TensorRT's engines can't be kept in {root}: {e.Message}; set {DeviceOptions.Section}:0:EngineCache to a folder that can "
                    + "be written to"], e);
        }
    }

    /// <summary>What to do about a failure to load that TensorRT alone has; null for any other.</summary>
    /// <param name="message">What ONNX Runtime said.</param>
    public string? WayOut(string message) =>
        message.Contains("no associated shape profiles", StringComparison.Ordinal)
            ? $"TensorRT can't compute all of this graph, which operators on 8 bits are a cause of: set {DeviceOptions.Section}:0:Kind to "
                + "Cuda, or take a float32 or float16 model"
            : message.Contains("could not deserialize engine", StringComparison.Ordinal)
                ? $"its engine was not written to the end, or for another GPU: delete {Folder}"
                : null;

    /// <summary>Lets others have it.</summary>
    public void Dispose() => _lock.Dispose();

    private static string UsersCache(OnnxModel model)
    {
        var cache = OperatingSystem.IsWindows()
            ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
            : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } set ? set
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } home ? Path.Combine(home, ".cache")
            : "";
        return Path.IsPathFullyQualified(cache)
            ? Path.Combine(cache, "streamner", "tensorrt")
            : throw new ModelLoadException(model.Folder,
                [$"there is no place for TensorRT's engines, as the user has no cache: set {DeviceOptions.Section}:0:EngineCache to a "
                    + "folder"]);
    }

    /// <summary>A name made of the bytes of a graph and of what lies beside it and may be its weights.</summary>
    private static string Fingerprint(string file)
    {
        var beside = new DirectoryInfo(Path.GetDirectoryName(file)!).EnumerateFiles()
            .Where(other => !NoWeights.Contains(other.Extension, StringComparer.OrdinalIgnoreCase))
            .Select(other => other.FullName).Order(StringComparer.Ordinal);
        return FileHash.Of(beside.Prepend(file))[..32];
    }

    /// <summary>What the library itself says, such as 101303 for 10.13.3; 0 where there is none.</summary>
    private static unsafe int LibraryVersion()
    {
        if (!NativeLibrary.TryLoad(CudaLibraries.TensorRt, out var library))
            return 0;
        try
        {
            return NativeLibrary.TryGetExport(library, "getInferLibVersion", out var export) ? ((delegate* unmanaged<int>)export)() : 0;
        }
        finally
        {
            NativeLibrary.Free(library);
        }
    }
}
