using Microsoft.ML.OnnxRuntime;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>Tells errors after which a session may be used again from those after which it may not.</summary>
/// <remarks>
/// The runtime gives no code for it, so the message decides. A CUDA error other than memory poisons the context of the whole process
/// (error 700 is followed by more of its kind), so it counts as a lost device.
/// </remarks>
internal static class OnnxErrors
{
    private static readonly string[] OutOfMemory = ["Failed to allocate memory", "out of memory", "smaller than requested bytes",
        "bad_alloc"];
    private static readonly string[] DeviceLost = ["CUDA failure", "CUDA error", "CUDNN failure", "CUBLAS failure", "CUDA_ERROR",
        "TensorRT EP execution context enqueue failed"];

    /// <summary>
    /// What CUDA calls sticky errors (its driver API, error codes): whatever follows in the same context fails with them too.
    /// </summary>
    private static readonly string[] Sticky =
    [
        "CUDA failure 700", "CUDA failure 702", "CUDA failure 709", "CUDA failure 710", "CUDA failure 714", "CUDA failure 715",
        "CUDA failure 716", "CUDA failure 717", "CUDA failure 718", "CUDA failure 719", "CUDA failure 214",
        "error 700", "error 719", "illegal memory access", "device-side assert", "unspecified launch failure", "misaligned address",
        "illegal instruction", "invalid program counter", "hardware stack error", "uncorrectable ECC", "launch timed out and was "
            + "terminated",
        "cudaErrorIllegalAddress", "cudaErrorLaunchFailure", "CUDA_ERROR_ILLEGAL_ADDRESS", "CUDA_ERROR_LAUNCH_FAILED",
        "context is destroyed",
    ];

    /// <summary>True when the device's context is dead for the whole process, whatever session uses it.</summary>
    public static bool IsSticky(OnnxRuntimeException error) => IsSticky(error.Message);

    /// <summary>The same of a message.</summary>
    public static bool IsSticky(string message) =>
        Names(message, DeviceLost) && !Names(message, OutOfMemory) && Names(message, Sticky);

    /// <summary>True when there was no memory for it.</summary>
    public static bool IsOfMemory(OnnxRuntimeException error) => Names(error.Message, OutOfMemory);

    /// <summary>True when the same session may be used again.</summary>
    public static bool IsTransient(OnnxRuntimeException error) => IsTransient(error.Message);

    /// <summary>The same of a message.</summary>
    public static bool IsTransient(string message) =>
        Names(message, OutOfMemory)
            || !Names(message, DeviceLost) && !message.Contains("LoadLibrary", StringComparison.Ordinal) && IsRunError(message);

    /// <summary>
    /// True when the graph itself could not compute what it was given: neither memory nor device is to blame, so trying again is no use.
    /// </summary>
    public static bool IsOfGraph(OnnxRuntimeException error) =>
        IsRunError(error.Message) && !Names(error.Message, OutOfMemory) && !Names(error.Message, DeviceLost);

    private static bool IsRunError(string message) =>
        message.StartsWith("[ErrorCode:RuntimeException]", StringComparison.Ordinal)
        || message.StartsWith("[ErrorCode:InvalidArgument]", StringComparison.Ordinal)
        || message.StartsWith("[ErrorCode:Fail]", StringComparison.Ordinal);

    private static bool Names(string message, string[] parts) =>
        Array.Exists(parts, part => message.Contains(part, StringComparison.OrdinalIgnoreCase));
}
