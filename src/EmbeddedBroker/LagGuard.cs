using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace StreamNer.Embedded;

/// <summary>
/// Holds a producer back so that no partition of the embedded broker grows past what it keeps before the group has read it.
/// </summary>
/// <remarks>
/// For the only producer of a topic, which chooses the partition itself and asks before each record. One caller at a time.
/// The bound stays below the broker's 5 MiB because a record takes a little more there than its own bytes.
/// </remarks>
internal sealed class LagGuard : IDisposable
{
    /// <summary>Bytes of a partition that may wait to be read.</summary>
    public const long MaxUnreadBytes = 4 * 1024 * 1024;

    /// <summary>Records of a partition that may wait; the broker keeps 100,000 batches, which may hold one record each.</summary>
    public const int MaxUnreadRecords = 90_000;

    private const int BytesPerRecord = 80;
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    private readonly Func<CancellationToken, Task<IReadOnlyDictionary<int, long>>> _committed;
    private readonly Unread[] _partitions;
    private readonly IDisposable? _client;

    /// <param name="firstOffsets">For each partition the offset that its next record will get.</param>
    /// <param name="committed">Asks up to where the group has read each partition; partitions it has not read may be missing.</param>
    public LagGuard(IReadOnlyList<long> firstOffsets, Func<CancellationToken, Task<IReadOnlyDictionary<int, long>>> committed)
        : this(firstOffsets, committed, client: null)
    {
    }

    private LagGuard(
        IReadOnlyList<long> firstOffsets, Func<CancellationToken, Task<IReadOnlyDictionary<int, long>>> committed, IDisposable? client)
    {
        _committed = committed;
        _client = client;
        _partitions = [.. firstOffsets.Select(first => new Unread(first))];
    }

    /// <summary>Watches what a group commits of a topic. Call it before the first record is produced.</summary>
    public static async Task<LagGuard> ForGroupAsync(string bootstrapServers, string groupId, string topic)
    {
        var client = new AdminClientBuilder(new Dictionary<string, string> { ["bootstrap.servers"] = bootstrapServers })
            .SetLogHandler((_, _) => { })
            .Build();
        var partitions = client.GetMetadata(topic, AnswerTime).Topics.Single().Partitions
            .Select(partition => new TopicPartition(topic, partition.PartitionId))
            .OrderBy(partition => partition.Partition.Value)
            .ToList();
        var ends = await client
            .ListOffsetsAsync(partitions.Select(partition =>
                new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = OffsetSpec.Latest() }))
            .ConfigureAwait(false);
        var firsts = new long[partitions.Count];
        foreach (var end in ends.ResultInfos)
            firsts[end.TopicPartitionOffsetError.Partition.Value] = end.TopicPartitionOffsetError.Offset.Value;
        return new LagGuard(firsts, Committed, client);

        async Task<IReadOnlyDictionary<int, long>> Committed(CancellationToken stop)
        {
            // One group by name. Listing all groups can end the process on the embedded broker.
            var groups = await client
                .ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(groupId, partitions)])
                .WaitAsync(stop)
                .ConfigureAwait(false);
            return groups.Single().Partitions
                .Where(partition => !partition.Error.IsError && !partition.Offset.IsSpecial)
                .ToDictionary(partition => partition.Partition.Value, partition => partition.Offset.Value);
        }
    }

    /// <summary>Waits until a record fits, and counts it.</summary>
    /// <param name="partition">Where it will be produced.</param>
    /// <param name="bytes">Key, value and headers. A single record above the bound is let through when nothing else waits.</param>
    /// <param name="stop">Ends the wait.</param>
    public async ValueTask AdmitAsync(int partition, int bytes, CancellationToken stop = default)
    {
        var unread = _partitions[partition];
        while (!unread.HasRoom(bytes + BytesPerRecord))
        {
            foreach (var (read, offset) in await _committed(stop).ConfigureAwait(false))
                _partitions[read].ReadUpTo(offset);
            if (!unread.HasRoom(bytes + BytesPerRecord))
                await Task.Delay(LookAgain, stop).ConfigureAwait(false);
        }

        unread.Add(bytes + BytesPerRecord);
    }

    /// <inheritdoc/>
    public void Dispose() => _client?.Dispose();

    private sealed class Unread(long firstOffset)
    {
        private readonly Queue<int> _sizes = new();
        private long _first = firstOffset;
        private long _bytes;

        public bool HasRoom(int bytes) =>
            _sizes.Count == 0 || (_bytes + bytes <= MaxUnreadBytes && _sizes.Count < MaxUnreadRecords);

        public void Add(int bytes)
        {
            _sizes.Enqueue(bytes);
            _bytes += bytes;
        }

        public void ReadUpTo(long offset)
        {
            for (; _first < offset && _sizes.TryDequeue(out var bytes); _first++)
                _bytes -= bytes;
        }
    }
}
