using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Onnx;

namespace StreamNer.Inference.Tests.Models.Onnx;

/// <summary>What is said when libraries of CUDA are missing.</summary>
public sealed class CudaLibrariesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamner-cuda").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Each_library_that_is_missing_is_named_with_what_is_wanted_and_what_is_there()
    {
        var problem = CudaLibraries.Describe(
            DeviceKind.Cuda, ["libcudart.so.13", "libcublas.so.13"], ["/usr/local/cuda/lib64/libcudart.so.12"]);

        Assert.Equal("libcudart.so.13, libcublas.so.13 can't be loaded: this build needs CUDA 13, cuDNN 9 and an NVIDIA driver, found "
            + "/usr/local/cuda/lib64/libcudart.so.12", problem);
    }

    [Fact]
    public void TensorRts_libraries_are_named_with_what_they_want()
    {
        var problem = CudaLibraries.Describe(DeviceKind.TensorRt, ["libnvinfer.so.10"], ["/usr/lib64/libnvinfer.so.8"]);

        Assert.Equal("libnvinfer.so.10 can't be loaded: this build needs TensorRT 10, CUDA 13, cuDNN 9 and an NVIDIA driver, found "
            + "/usr/lib64/libnvinfer.so.8", problem);
        Assert.EndsWith("found neither TensorRT nor CUDA", CudaLibraries.Describe(DeviceKind.TensorRt, ["libnvinfer.so.10"], []),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Where_there_is_nothing_of_it_that_is_said() =>
        Assert.EndsWith("found no CUDA", CudaLibraries.Describe(DeviceKind.Cuda, ["libcuda.so.1"], []), StringComparison.Ordinal);

    [Fact]
    public void Where_nothing_is_missing_there_is_no_problem() =>
        Assert.Null(CudaLibraries.Describe(DeviceKind.Cuda, [], ["/lib/libcudart.so.13"]));

    [Fact]
    public void Of_each_version_that_is_there_one_file_is_named()
    {
        string[] names =
        [
            "libcudart.so.12", "libcudart.so.12.9.79", "libcudart.so.11.0", "libcudnn.so.9", "libcublas.so.12", "libnvinfer.so.8",
            "libnvinfer.so.8.6.1",
        ];
        foreach (var name in names)
            File.WriteAllText(Path.Combine(_folder, name), "");

        var found = CudaLibraries.Find([Path.Combine(_folder, "missing"), _folder]);

        Assert.Equal(
            ["libcudart.so.11.0", "libcudart.so.12", "libcudnn.so.9", "libnvinfer.so.8"],
            found.Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }
}
