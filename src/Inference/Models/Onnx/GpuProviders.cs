using Microsoft.ML.OnnxRuntime;
using StreamNer.Inference.Batching;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>Puts what computes on a lane's GPU into the options of its session.</summary>
internal static class GpuProviders
{
    private const string Cuda = "CUDAExecutionProvider";
    private const string TensorRt = "TensorrtExecutionProvider";
    private const string DeviceId = "device_id";

    /// <summary>
    /// What keeps a lane from its GPU as far as can be told without it: a build without the provider, libraries that can't be loaded. Null
    /// where nothing does, and on the processor.
    /// </summary>
    public static string? Problem(LaneSpec lane) =>
        !lane.IsGpu ? null
        : MissingInBuild(lane) ?? (CudaLibraries.Problem(lane.Kind) is { } missing ? $"{lane.Device} can't be used: {missing}" : null);

    /// <summary>Adds the providers of a lane; none for one on the processor.</summary>
    /// <param name="options">The options of a session that is made next.</param>
    /// <param name="lane">The lane.</param>
    /// <param name="model">Its model.</param>
    /// <param name="shapes">The batches there will be; null where nobody knows.</param>
    /// <param name="stop">Ends waiting for another session that makes engines of the same model.</param>
    /// <returns>The engines that the session reads or makes, to be disposed when it is there; null without TensorRT.</returns>
    /// <exception cref="ModelLoadException">The device can't be used; it says why.</exception>
    public static TensorRtEngines? AppendTo(
        SessionOptions options, LaneSpec lane, OnnxModel model, BatchShapes? shapes, CancellationToken stop)
    {
        if (!lane.IsGpu)
            return null;
        if (MissingInBuild(lane) is { } problem)
            throw new ModelLoadException(model.Folder, [problem]);
        TensorRtEngines? engines = null;
        try
        {
            // What TensorRT can't compute is left to the next one.
            if (lane.Kind == DeviceKind.TensorRt)
            {
                using var tensorRt = new OrtTensorRTProviderOptions();

                // Loads the libraries, so that nothing is made where they are missing.
                tensorRt.UpdateOptions(new() { [DeviceId] = $"{lane.DeviceId}" });
                engines = TensorRtEngines.Open(lane.EngineCache, model, stop);
                tensorRt.UpdateOptions(TensorRtSettings(lane, model.Graph, shapes, engines.Folder));
                options.AppendExecutionProvider_Tensorrt(tensorRt);
            }

            using var cuda = new OrtCUDAProviderOptions();
            cuda.UpdateOptions(CudaSettings(lane));
            options.AppendExecutionProvider_CUDA(cuda);
            return engines;
        }
        catch (OnnxRuntimeException e)
        {
            engines?.Dispose();
            throw new ModelLoadException(model.Folder,
                [$"{lane.Device} can't be used: {CudaLibraries.Problem(lane.Kind) ?? OnnxInspector.FirstLine(e.Message)}"], e);
        }
    }

    /// <summary>What TensorRT is told, by the names of ONNX Runtime's provider.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="graph">The model's graph.</param>
    /// <param name="shapes">The batches there will be; null lets TensorRT make an engine anew for shapes that it has not seen.</param>
    /// <param name="folder">Where engines are kept.</param>
    internal static Dictionary<string, string> TensorRtSettings(LaneSpec lane, GraphSignature graph, BatchShapes? shapes, string folder)
    {
        Dictionary<string, string> settings = new()
        {
            [DeviceId] = $"{lane.DeviceId}",
            ["trt_engine_cache_enable"] = "1",
            ["trt_engine_cache_path"] = folder,
            ["trt_timing_cache_enable"] = "1",
            ["trt_timing_cache_path"] = folder,
        };

        // A float16 graph has no other way. Sums of squares in a layer's norm leave the range of half precision.
        if (lane.HalfPrecision || graph.HalfPrecision)
        {
            settings["trt_fp16_enable"] = "1";
            settings["trt_layer_norm_fp32_fallback"] = "1";
        }

        if (lane.MemoryLimitBytes > 0)
            settings["trt_max_workspace_size"] = $"{lane.MemoryLimitBytes}";
        if (shapes is { } known && TensorRtProfile.For(graph, known) is { } profile)
        {
            settings["trt_profile_min_shapes"] = profile.Min;
            settings["trt_profile_opt_shapes"] = profile.Opt;
            settings["trt_profile_max_shapes"] = profile.Max;
        }

        return settings;
    }

    private static string? MissingInBuild(LaneSpec lane)
    {
        OnnxEnvironment.Ensure();
        var (provider, name) = lane.Kind == DeviceKind.TensorRt ? (TensorRt, "TensorRT") : (Cuda, "CUDA");
        return OrtEnv.Instance().GetAvailableProviders().Contains(provider)
            ? null
            : $"{lane.Device} is configured, but this build has no {name} execution provider: build with -p:OnnxRuntime=Gpu, or set "
                + $"{DeviceOptions.Section}:0:Kind to Cpu";
    }

    private static Dictionary<string, string> CudaSettings(LaneSpec lane)
    {
        Dictionary<string, string> settings = new()
        {
            [DeviceId] = $"{lane.DeviceId}",
            ["arena_extend_strategy"] = "kSameAsRequested",
            ["do_copy_in_default_stream"] = "1",
        };
        if (lane.MemoryLimitBytes > 0)
            settings["gpu_mem_limit"] = $"{lane.MemoryLimitBytes}";
        return settings;
    }
}
