using System.Runtime.InteropServices;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>
/// Says which of the libraries that ONNX Runtime's providers for CUDA and TensorRT stand on are missing, and what there is instead.
/// </summary>
/// <remarks>
/// The names are those that the providers of Microsoft.ML.OnnxRuntime.Gpu 1.31 are linked against. ONNX Runtime itself names the first one
/// that is missing, in the words of the loader.
/// </remarks>
internal static class CudaLibraries
{
    private static readonly string[] Linux =
        ["libcuda.so.1", "libcudart.so.13", "libcublasLt.so.13", "libcublas.so.13", "libcurand.so.10", "libcudnn.so.9"];

    private static readonly string[] Windows =
        ["nvcuda.dll", "cudart64_13.dll", "cublasLt64_13.dll", "cublas64_13.dll", "curand64_10.dll", "cudnn64_9.dll"];

    private static readonly string[] Tellers = ["libcudart.so.*", "libcudnn.so.*", "libnvinfer.so.*"];

    /// <summary>TensorRT's own library.</summary>
    public static string TensorRt => OperatingSystem.IsWindows() ? "nvinfer_10.dll" : "libnvinfer.so.10";

    /// <summary>The one that reads ONNX for it.</summary>
    private static string TensorRtParser => OperatingSystem.IsWindows() ? "nvonnxparser_10.dll" : "libnvonnxparser.so.10";

    /// <summary>Tries each that a kind of device needs.</summary>
    /// <returns>The problem, in words; null when all can be loaded.</returns>
    public static string? Problem(DeviceKind kind)
    {
        var cuda = OperatingSystem.IsWindows() ? Windows : Linux;
        return Describe(
            kind,
            (kind == DeviceKind.TensorRt ? [TensorRt, TensorRtParser, .. cuda] : cuda).Where(name => !CanLoad(name)),
            OperatingSystem.IsWindows() ? [] : Find(LinuxFolders()));
    }

    /// <summary>Puts it into words.</summary>
    /// <param name="kind">What is asked for.</param>
    /// <param name="missing">Libraries that can't be loaded.</param>
    /// <param name="found">Files that tell a version of CUDA, cuDNN or TensorRT that is there, full paths.</param>
    public static string? Describe(DeviceKind kind, IEnumerable<string> missing, IReadOnlyList<string> found)
    {
        var names = string.Join(", ", missing);
        if (names.Length == 0)
            return null;
        var (wanted, nothing) = kind == DeviceKind.TensorRt
            ? ("TensorRT 10, CUDA 13, cuDNN 9 and an NVIDIA driver", "neither TensorRT nor CUDA")
            : ("CUDA 13, cuDNN 9 and an NVIDIA driver", "no CUDA");
        return $"{names} can't be loaded: this build needs {wanted}, found "
            + (found.Count == 0 ? nothing : string.Join(", ", found));
    }

    /// <summary>Finds the files that tell a version, each version once.</summary>
    public static IReadOnlyList<string> Find(IEnumerable<string> folders) =>
    [
        .. folders.Where(Directory.Exists)
            .SelectMany(folder => Tellers.SelectMany(teller => Directory.EnumerateFiles(folder, teller)))
            .OrderBy(file => file.Length).ThenBy(file => file, StringComparer.Ordinal)
            .DistinctBy(file => string.Join('.', Path.GetFileName(file).Split('.').Take(3))),
    ];

    private static bool CanLoad(string name)
    {
        if (!NativeLibrary.TryLoad(name, out var library))
            return false;
        NativeLibrary.Free(library);
        return true;
    }

    private static IEnumerable<string> LinuxFolders()
    {
        var named = (Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? "")
            .Split(':', StringSplitOptions.RemoveEmptyEntries);
        var installed = Directory.Exists("/usr/local") ? Directory.EnumerateDirectories("/usr/local", "cuda*") : [];
        return [.. named, .. installed.Order(StringComparer.Ordinal).Select(folder => Path.Combine(folder, "lib64")),
            "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"];
    }
}
