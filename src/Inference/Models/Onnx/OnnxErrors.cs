using Microsoft.ML.OnnxRuntime;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>Tells errors after which a session may be used again from those after which it may not.</summary>
/// <remarks>
/// The runtime gives no code for it, so the message decides. A CUDA error other than memory poisons the context of the whole process
/// (error 700 is followed by more of its kind), so it counts as a lost device.
/// </remarks>
internal static class OnnxErrors
{
    private static readonly string[] OutOfMemory = ["Failed to allocate memory", "out of memory", "smaller than requested bytes", "bad_alloc"];
    private static readonly string[] DeviceLost = ["CUDA failure", "CUDA error", "CUDNN failure", "CUBLAS failure", "CUDA_ERROR"];

    public static bool IsTransient(OnnxRuntimeException error) =>
        Names(error, OutOfMemory) || !Names(error, DeviceLost) && !error.Message.Contains("LoadLibrary", StringComparison.Ordinal) && IsRunError(error);

    /// <summary>True when the graph itself could not compute what it was given: neither memory nor device is to blame, so trying again is no use.</summary>
    public static bool IsOfGraph(OnnxRuntimeException error) => IsRunError(error) && !Names(error, OutOfMemory) && !Names(error, DeviceLost);

    private static bool IsRunError(OnnxRuntimeException error) =>
        error.Message.StartsWith("[ErrorCode:RuntimeException]", StringComparison.Ordinal)
        || error.Message.StartsWith("[ErrorCode:InvalidArgument]", StringComparison.Ordinal)
        || error.Message.StartsWith("[ErrorCode:Fail]", StringComparison.Ordinal);

    private static bool Names(OnnxRuntimeException error, string[] parts) =>
        Array.Exists(parts, part => error.Message.Contains(part, StringComparison.OrdinalIgnoreCase));
}
