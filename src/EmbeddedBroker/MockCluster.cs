using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace StreamNer.Embedded;

/// <summary>
/// The few of librdkafka's functions for its mock cluster that the .NET client does not offer. librdkafka calls them experimental,
/// so whoever uses them must do without when they are not there.
/// </summary>
internal sealed unsafe class MockCluster
{
    private readonly nint _library;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, int, int, int> _createTopic;
    private readonly delegate* unmanaged[Cdecl]<nint, int, void> _rebalanceDelay;

    private MockCluster(nint library, nint cluster)
    {
        _library = library;
        Cluster = cluster;
        _createTopic =
            (delegate* unmanaged[Cdecl]<nint, byte*, int, int, int>)NativeLibrary.GetExport(library, "rd_kafka_mock_topic_create");
        _rebalanceDelay =
            (delegate* unmanaged[Cdecl]<nint, int, void>)NativeLibrary.GetExport(library, "rd_kafka_mock_group_initial_rebalance_delay_ms");
    }

    /// <summary>librdkafka's <c>rd_kafka_mock_cluster_t</c>; lives as long as the client it was made with.</summary>
    public nint Cluster { get; }

    /// <summary>Finds the mock cluster of a client.</summary>
    /// <returns>Null when the native library, the client's handle or one of the functions cannot be found.</returns>
    public static MockCluster? Of(Handle client)
    {
        // The client keeps its native handle to itself, and loads one of several builds of the library.
        var property = typeof(Handle).GetProperty("LibrdkafkaHandle", BindingFlags.NonPublic | BindingFlags.Instance);
        if (property?.GetValue(client) is not SafeHandle native || LoadedLibrary() is not { } library)
            return null;

        try
        {
            var find = (delegate* unmanaged[Cdecl]<nint, nint>)NativeLibrary.GetExport(library, "rd_kafka_handle_mock_cluster");
            var cluster = find(native.DangerousGetHandle());
            return cluster == 0 ? null : new MockCluster(library, cluster);
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Makes a topic with so many partitions, unless it exists.</summary>
    public void CreateTopic(string topic, int partitions)
    {
        var name = System.Text.Encoding.UTF8.GetBytes(topic + '\0');
        fixed (byte* at = name)
            _ = _createTopic(Cluster, at, partitions, 1);
    }

    /// <summary>Sets how long a new group waits for more members before its first assignment; 3 s if never set.</summary>
    public void SetInitialRebalanceDelay(TimeSpan delay) => _rebalanceDelay(Cluster, (int)delay.TotalMilliseconds);

    /// <summary>Finds another of the functions, which take <see cref="Cluster"/> as their first argument.</summary>
    /// <exception cref="EntryPointNotFoundException">The library has no function of that name.</exception>
    public nint Function(string name) => NativeLibrary.GetExport(_library, name);

    private static nint? LoadedLibrary()
    {
        if (OperatingSystem.IsLinux())
        {
            const string maps = "/proc/self/maps";
            foreach (var line in File.Exists(maps) ? File.ReadLines(maps) : [])
            {
                var at = line.IndexOf('/', StringComparison.Ordinal);
                if (at >= 0 && line.Contains("librdkafka", StringComparison.Ordinal) && NativeLibrary.TryLoad(line[at..], out var loaded))
                    return loaded;
            }

            return null;
        }

        return NativeLibrary.TryLoad("librdkafka", typeof(Handle).Assembly, DllImportSearchPath.SafeDirectories, out var library)
            ? library : null;
    }
}
