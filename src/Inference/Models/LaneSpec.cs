namespace StreamNer.Inference.Models;

/// <summary>What one lane runs on.</summary>
/// <param name="Lane">Number of the lane, from 0, over all devices.</param>
/// <param name="Kind">Kind of its device.</param>
/// <param name="DeviceId">Number of the GPU; 0 on the processor.</param>
/// <param name="Threads">Threads of its session on the processor.</param>
/// <param name="MemoryLimitBytes">Most GPU memory, in bytes; 0 is no limit.</param>
public sealed record LaneSpec(int Lane, DeviceKind Kind, int DeviceId, int Threads, long MemoryLimitBytes)
{
    /// <summary>The device as users write it: <c>cpu</c>, <c>cuda:0</c>.</summary>
    public string Device => Kind == DeviceKind.Cpu ? "cpu" : $"cuda:{DeviceId}";
}
