namespace StreamNer.Inference.Models;

/// <summary>What a lane computes on.</summary>
public enum DeviceKind
{
    /// <summary>Cores of the processor.</summary>
    Cpu,

    /// <summary>An NVIDIA GPU through the CUDA execution provider; needs a build with <c>-p:OnnxRuntime=Gpu</c>.</summary>
    Cuda,
}
