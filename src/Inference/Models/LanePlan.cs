namespace StreamNer.Inference.Models;

/// <summary>Turns the configured devices into lanes.</summary>
public static class LanePlan
{
    /// <summary>More lanes than this on the processor cost memory and gain nothing that was seen.</summary>
    private const int MostCpuLanesByDefault = 4;

    /// <summary>Plans the lanes.</summary>
    /// <param name="devices">The configured devices; none means the processor.</param>
    /// <param name="cores">Cores to share among the processor's lanes, 1 or more.</param>
    /// <returns>
    /// One entry for each lane; on the processor lanes times threads does not exceed the cores, unless the configuration says so.
    /// </returns>
    public static IReadOnlyList<LaneSpec> Create(IReadOnlyList<DeviceOptions> devices, int cores)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cores, 1);
        List<LaneSpec> lanes = [];
        foreach (var device in devices.Count == 0 ? [new DeviceOptions()] : devices)
        {
            var gpu = device.Kind.IsGpu();
            var count = device.Lanes > 0 ? device.Lanes
                : gpu ? 1
                : Math.Clamp(device.Threads > 0 ? cores / device.Threads : cores, 1, MostCpuLanesByDefault);
            var threads = gpu ? 1 : device.Threads > 0 ? device.Threads : Math.Max(1, cores / count);
            for (var i = 0; i < count; i++)
            {
                lanes.Add(new LaneSpec(lanes.Count, device.Kind, gpu ? device.Id : 0, threads, gpu ? device.MemoryLimitBytes : 0)
                {
                    HalfPrecision = device.Kind == DeviceKind.TensorRt && device.HalfPrecision,
                    EngineCache = device.EngineCache,
                });
            }
        }

        return lanes;
    }

    /// <summary>
    /// Shares the cores among several models, in equal parts; what is left over goes to the first ones. Each gets one at least.
    /// </summary>
    /// <param name="cores">Cores to share, 1 or more.</param>
    /// <param name="models">Number of models, 1 or more.</param>
    /// <returns>Cores of each model.</returns>
    public static IReadOnlyList<int> Share(int cores, int models)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cores, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(models, 1);
        return [.. Enumerable.Range(0, models).Select(model => Math.Max(1, (cores / models) + (model < cores % models ? 1 : 0)))];
    }

    /// <summary>Says everything that is wrong with the configured devices; empty when nothing is.</summary>
    public static IEnumerable<string> Problems(IReadOnlyList<DeviceOptions> devices)
    {
        for (var i = 0; i < devices.Count; i++)
        {
            var device = devices[i];
            var at = $"{DeviceOptions.Section}:{i}";
            if (!Enum.IsDefined(device.Kind))
                yield return $"{at}:Kind is {(int)device.Kind}, it must be Cpu, Cuda or TensorRt";
            if (device.Id is < 0 or > 255)
                yield return $"{at}:Id is {device.Id}, it must be between 0 and 255";
            if (device.Kind == DeviceKind.Cpu && device.Id != 0)
                yield return $"{at}:Id is {device.Id}, the processor has no number but 0";
            if (device.Lanes is < 0 or > 64)
                yield return $"{at}:Lanes is {device.Lanes}, it must be between 0 (by device) and 64";
            if (device.Threads is < 0 or > 1024)
                yield return $"{at}:Threads is {device.Threads}, it must be between 0 (shared cores) and 1024";
            if (device.MemoryLimitBytes < 0)
                yield return $"{at}:MemoryLimitBytes is {device.MemoryLimitBytes}, it must be 0 (no limit) or more";
            if (device.EngineCache.Length > 0 && device.Kind != DeviceKind.TensorRt)
                yield return $"{at}:EngineCache is '{device.EngineCache}', but only TensorRt has engines; {at}:Kind is {device.Kind}";
        }
    }
}

/// <summary>What one lane runs on.</summary>
/// <param name="Lane">Number of the lane, from 0, over all devices.</param>
/// <param name="Kind">Kind of its device.</param>
/// <param name="DeviceId">Number of the GPU; 0 on the processor.</param>
/// <param name="Threads">Threads of its session on the processor.</param>
/// <param name="MemoryLimitBytes">Most GPU memory, in bytes; 0 is no limit.</param>
public sealed record LaneSpec(int Lane, DeviceKind Kind, int DeviceId, int Threads, long MemoryLimitBytes)
{
    /// <summary>Whether TensorRT may compute in half precision.</summary>
    public bool HalfPrecision { get; init; }

    /// <summary>Folder of TensorRT's engines; empty is the one in the user's cache.</summary>
    public string EngineCache { get; init; } = "";

    /// <summary>Whether it runs on a GPU.</summary>
    public bool IsGpu => Kind.IsGpu();

    /// <summary>The device as users write it: <c>cpu</c>, <c>cuda:0</c>, <c>tensorrt:0</c>.</summary>
    public string Device => Kind switch
    {
        DeviceKind.Cuda => $"cuda:{DeviceId}",
        DeviceKind.TensorRt => $"tensorrt:{DeviceId}",
        _ => "cpu",
    };
}
