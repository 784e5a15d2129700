using Microsoft.ML.OnnxRuntime;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Models.Onnx;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Models.Onnx;

/// <summary>What is said of a GPU that can't be used, and what TensorRT is told.</summary>
public sealed class GpuProvidersTests : IDisposable
{
    private readonly string _engines = Directory.CreateTempSubdirectory("streamner-engines").FullName;
    private readonly TableModel _model = new(["O", "B-LOC"], ("London", "B-LOC"));

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_engines, recursive: true);
    }

    [Theory]
    [InlineData(DeviceKind.Cuda, "cuda:1 is configured, but this build has no CUDA execution provider: ")]
    [InlineData(DeviceKind.TensorRt, "tensorrt:1 is configured, but this build has no TensorRT execution provider: ")]
    public void A_build_without_the_gpu_package_refuses_gpus(DeviceKind kind, string problem)
    {
        Assert.SkipWhen(HasProvider, "a build with the GPU package");

        Assert.Equal(problem + "build with -p:OnnxRuntime=Gpu, or set StreamNer:Devices:0:Kind to Cpu", Problem(kind));
    }

    [Theory]
    [InlineData(DeviceKind.Cuda)]
    [InlineData(DeviceKind.TensorRt)]
    public void A_build_with_it_names_the_libraries_that_are_missing_and_keeps_no_folder(DeviceKind kind)
    {
        Assert.SkipUnless(HasProvider, "a build without the GPU package");
        var missing = CudaLibraries.Problem(kind);
        Assert.SkipWhen(missing is null, "a machine with all libraries");

        Assert.Equal($"{(kind == DeviceKind.Cuda ? "cuda" : "tensorrt")}:1 can't be used: {missing}", Problem(kind));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_engines));
    }

    [Fact]
    public void The_processor_has_no_such_problem() => Assert.Null(GpuProviders.Problem(LanePlan.Create([], cores: 1)[0]));

    [Fact]
    public void TensorRt_keeps_engines_and_makes_them_for_all_batches_there_will_be()
    {
        var lane = new LaneSpec(0, DeviceKind.TensorRt, DeviceId: 2, Threads: 1, MemoryLimitBytes: 3_000_000_000) { HalfPrecision = true };
        var shapes = new BatchShapes(new PaddedTokenBudget(1_024, 16), LongestWindow: 64);

        Assert.Equal(
            new SortedDictionary<string, string>
            {
                ["device_id"] = "2",
                ["trt_engine_cache_enable"] = "1",
                ["trt_engine_cache_path"] = "/engines",
                ["trt_timing_cache_enable"] = "1",
                ["trt_timing_cache_path"] = "/engines",
                ["trt_fp16_enable"] = "1",
                ["trt_layer_norm_fp32_fallback"] = "1",
                ["trt_max_workspace_size"] = "3000000000",
                ["trt_profile_min_shapes"] = "input_ids:1x1",
                ["trt_profile_opt_shapes"] = "input_ids:16x64",
                ["trt_profile_max_shapes"] = "input_ids:16x64",
            },
            Settings(lane, halfGraph: false, shapes));
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, true)]
    public void Half_precision_is_for_lanes_that_want_it_and_graphs_that_are_so(bool lane, bool graph, bool isHalf) =>
        Assert.Equal(isHalf, Settings(
            new LaneSpec(0, DeviceKind.TensorRt, 0, 1, MemoryLimitBytes: 0) { HalfPrecision = lane }, graph, shapes: null)
            .ContainsKey("trt_fp16_enable"));

    [Fact]
    public void Where_nobody_knows_the_batches_TensorRt_goes_by_those_that_come() =>
        Assert.DoesNotContain(
            Settings(new LaneSpec(0, DeviceKind.TensorRt, 0, 1, MemoryLimitBytes: 0), halfGraph: false, shapes: null).Keys,
            key => key.Contains("profile", StringComparison.Ordinal));

    private static bool HasProvider => OrtEnv.Instance().GetAvailableProviders().Contains("TensorrtExecutionProvider");

    private static SortedDictionary<string, string> Settings(LaneSpec lane, bool halfGraph, BatchShapes? shapes) =>
        new(GpuProviders.TensorRtSettings(lane,
            new GraphSignature([new GraphInput("input_ids", InputRole.Ids, Is32Bit: false)], "logits", halfGraph, Labels: 2),
            shapes, "/engines"));

    private string Problem(DeviceKind kind)
    {
        var device = new DeviceOptions { Kind = kind, Id = 1, EngineCache = kind == DeviceKind.TensorRt ? _engines : "" };
        var lane = LanePlan.Create([device], cores: 1)[0];
        var problem = Assert.Single(Assert.Throws<ModelLoadException>(() =>
        {
            using var classifier = ModelFolder.Open(_model.Folder).Classifiers.Create(lane);
        }).Problems);
        Assert.Equal(problem, GpuProviders.Problem(lane));
        return problem;
    }
}
