using System.Reflection;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace StreamNer.Streams.Kafka;

/// <summary>
/// The few of librdkafka's functions for its mock cluster that the .NET client does not offer. librdkafka calls them experimental,
/// so whoever uses them must do without when they are not there.
/// </summary>
internal sealed unsafe class MockCluster
{
    private readonly nint _cluster;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, int, int, int> _createTopic;
    private readonly delegate* unmanaged[Cdecl]<nint, int, void> _rebalanceDelay;
    private readonly delegate* unmanaged[Cdecl]<nint, short, nuint, int*, void> _pushErrors;
    private readonly delegate* unmanaged[Cdecl]<nint, int, int> _setDown;
    private readonly delegate* unmanaged[Cdecl]<nint, int, int> _setUp;

    private MockCluster(nint library, nint cluster)
    {
        _cluster = cluster;
        _createTopic = (delegate* unmanaged[Cdecl]<nint, byte*, int, int, int>)NativeLibrary.GetExport(library, "rd_kafka_mock_topic_create");
        _rebalanceDelay = (delegate* unmanaged[Cdecl]<nint, int, void>)NativeLibrary.GetExport(library, "rd_kafka_mock_group_initial_rebalance_delay_ms");
        _pushErrors = (delegate* unmanaged[Cdecl]<nint, short, nuint, int*, void>)NativeLibrary.GetExport(library, "rd_kafka_mock_push_request_errors_array");
        _setDown = (delegate* unmanaged[Cdecl]<nint, int, int>)NativeLibrary.GetExport(library, "rd_kafka_mock_broker_set_down");
        _setUp = (delegate* unmanaged[Cdecl]<nint, int, int>)NativeLibrary.GetExport(library, "rd_kafka_mock_broker_set_up");
    }

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
            _ = _createTopic(_cluster, at, partitions, 1);
    }

    /// <summary>Sets how long a new group waits for more members before its first assignment; 3 s if never set.</summary>
    public void SetInitialRebalanceDelay(TimeSpan delay) => _rebalanceDelay(_cluster, (int)delay.TotalMilliseconds);

    /// <summary>Lets the next requests of a kind fail, one error each.</summary>
    /// <param name="apiKey">The request's number in the protocol; 0 is Produce.</param>
    /// <param name="errors">The errors, in order.</param>
    public void FailNext(short apiKey, params ErrorCode[] errors)
    {
        var codes = Array.ConvertAll(errors, error => (int)error);
        fixed (int* at = codes)
            _pushErrors(_cluster, apiKey, (nuint)codes.Length, at);
    }

    /// <summary>Takes the broker off the network, or brings it back.</summary>
    public void SetReachable(bool reachable) => _ = reachable ? _setUp(_cluster, 1) : _setDown(_cluster, 1);

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

        return NativeLibrary.TryLoad("librdkafka", typeof(Handle).Assembly, DllImportSearchPath.SafeDirectories, out var library) ? library : null;
    }
}
