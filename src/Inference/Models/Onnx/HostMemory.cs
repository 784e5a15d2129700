using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>
/// Memory of the host that a lane's device reads and writes: page-locked for a GPU, which then copies it beside what it computes. One
/// caller at a time; dispose it before its session.
/// </summary>
internal sealed class HostMemory : IDisposable
{
    private const string PageLocked = "CudaPinned";

    private readonly OrtAllocator? _allocator;

    public HostMemory(InferenceSession session, LaneSpec lane)
    {
        Info = OrtMemoryInfo.DefaultInstance;
        if (!lane.IsGpu)
            return;
        var pageLocked = new OrtMemoryInfo(PageLocked, OrtAllocatorType.DeviceAllocator, lane.DeviceId, OrtMemType.CpuOutput);
        try
        {
            _allocator = new OrtAllocator(session, pageLocked);
            Info = pageLocked;
        }
        catch (OnnxRuntimeException)
        {
            // A provider without such memory copies out of any other, through memory of its own.
            pageLocked.Dispose();
        }
    }

    /// <summary>Where it lies.</summary>
    public OrtMemoryInfo Info { get; }

    /// <summary>Room for so many bytes. Not cleared.</summary>
    /// <exception cref="InferenceException">There is none just now; a smaller batch may find some.</exception>
    public OrtMemoryAllocation Allocate(long bytes)
    {
        if (bytes > uint.MaxValue)
            throw new InferenceException($"a batch needs a buffer of {bytes} bytes, the limit is {uint.MaxValue}", isTransient: true);
        try
        {
            return (_allocator ?? OrtAllocator.DefaultInstance).Allocate((uint)bytes);
        }
        catch (OnnxRuntimeException e)
        {
            throw new InferenceException(
                $"there is no memory for a buffer of {bytes} bytes: {OnnxInspector.FirstLine(e.Message)}", isTransient: true, e)
            {
                LacksMemory = true,
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_allocator is null)
            return;
        _allocator.Dispose();
        Info.Dispose();
    }
}

/// <summary>A tensor in the host's memory that grows to the largest batch and stays. One caller at a time.</summary>
internal abstract class HostTensor(HostMemory memory, TensorElementType type, int elementSize) : IDisposable
{
    private OrtMemoryAllocation? _allocation;

    /// <summary>How many elements there is room for.</summary>
    public int Length { get; private set; }

    protected IntPtr Pointer => _allocation?.DangerousGetHandle() ?? IntPtr.Zero;

    /// <summary>Makes room for so many elements; what was in it is lost if it grows.</summary>
    public void Grow(int length)
    {
        if (length <= Length)
            return;
        Dispose();
        _allocation = memory.Allocate((long)length * elementSize);
        Length = length;
    }

    /// <summary>A view of its first elements for the runtime, to be disposed before this grows.</summary>
    /// <param name="shape">The product of its sizes is at most <see cref="Length"/>.</param>
    public OrtValue View(params long[] shape)
    {
        var length = 1L;
        foreach (var size in shape)
            length *= size;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length);
        return OrtValue.CreateTensorValueWithData(memory.Info, type, shape, Pointer, length * elementSize);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _allocation?.Dispose();
        _allocation = null;
        Length = 0;
    }
}

/// <inheritdoc cref="HostTensor"/>
/// <typeparam name="T">int, long, float, <see cref="Half"/> or ushort.</typeparam>
internal sealed class HostTensor<T>(HostMemory memory) : HostTensor(memory, ElementType, Marshal.SizeOf<T>())
    where T : unmanaged
{
    private static TensorElementType ElementType { get; } =
        typeof(T) == typeof(int) ? TensorElementType.Int32
        : typeof(T) == typeof(long) ? TensorElementType.Int64
        : typeof(T) == typeof(float) ? TensorElementType.Float
        : typeof(T) == typeof(Half) ? TensorElementType.Float16
        : typeof(T) == typeof(ushort) ? TensorElementType.UInt16
        : throw new InvalidOperationException($"a tensor can't be of {typeof(T).Name}");

    /// <summary>Its elements; valid until it grows.</summary>
    public unsafe Span<T> Span => new((void*)Pointer, Length);
}
