namespace StreamNer.Inference.Models;

/// <summary>One entry of <c>StreamNer:Devices</c>: a device and how many lanes run on it.</summary>
public sealed record DeviceOptions
{
    /// <summary>Name of the configuration section, a list.</summary>
    public const string Section = "StreamNer:Devices";

    /// <summary>What to compute on. Default <see cref="DeviceKind.Cpu"/>.</summary>
    public DeviceKind Kind { get; init; } = DeviceKind.Cpu;

    /// <summary>Number of the GPU, from 0; always 0 for the processor. Default 0.</summary>
    public int Id { get; init; }

    /// <summary>
    /// Sessions that run at once on this device; 0, the default, is one for each core on the processor, at most 4, and 1 on a GPU.
    /// Each holds the model's weights.
    /// </summary>
    public int Lanes { get; init; }

    /// <summary>Threads of one session on the processor; 0, the default, shares the cores among the lanes. Ignored on a GPU.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Most GPU memory of one session, in bytes; 0, the default, sets no limit. With <see cref="DeviceKind.TensorRt"/> it bounds the
    /// workspace that an engine may take, and what is left to CUDA, each.
    /// </summary>
    public long MemoryLimitBytes { get; init; }

    /// <summary>
    /// Whether TensorRT may compute in half precision: about twice as fast, and a label may change here and there. Default true. A float16
    /// graph is computed so in any case. Of no effect with another <see cref="Kind"/>.
    /// </summary>
    public bool HalfPrecision { get; init; } = true;

    /// <summary>
    /// Folder in which TensorRT's engines are kept; empty, the default, is <c>streamner/tensorrt</c> in the user's cache. Whoever can write
    /// there decides what is computed.
    /// </summary>
    public string EngineCache { get; init; } = "";
}

/// <summary>What a lane computes on.</summary>
public enum DeviceKind
{
    /// <summary>Cores of the processor.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU through the CUDA execution provider; needs a build with <c>-p:OnnxRuntime=Gpu</c>.</summary>
    Cuda,

    /// <summary>
    /// The same GPU through TensorRT, which makes an engine of a model when it loads it first, and through CUDA where it can't; needs
    /// TensorRT's libraries besides.
    /// </summary>
    TensorRt,
}

/// <summary>What kinds of device have in common.</summary>
public static class DeviceKinds
{
    /// <summary>Whether it is a GPU.</summary>
    public static bool IsGpu(this DeviceKind kind) => kind is DeviceKind.Cuda or DeviceKind.TensorRt;
}
