using Microsoft.Extensions.Logging.Abstractions;
using StreamNer.Streams.Consuming;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Streams.Tests.Consuming;

public sealed class UnreadableBatchTests : IDisposable
{
    private static readonly ConsumingLimits Limits = new(
        MaxDocumentsInFlight: 8, MaxBytesInFlight: 1000, MaxBatchRecords: 3,
        DrainTimeout: TimeSpan.FromSeconds(4), RevokeTimeout: TimeSpan.FromSeconds(3), PauseAfter: TimeSpan.FromSeconds(1));

    private readonly PipelineStatus _status = new();
    private readonly StreamsTelemetry _telemetry;
    private readonly ScriptedClient _client = new();
    private readonly ConsumerLoop _loop;

    public UnreadableBatchTests()
    {
        _telemetry = new StreamsTelemetry(_status, new KafkaOptions());
        var inFlight = new InFlight(new DrainableLimit(Limits.MaxDocumentsInFlight, TimeSpan.FromSeconds(1), TimeProvider.System),
            Limits.MaxBytesInFlight);
        _loop = new ConsumerLoop(
            new RecordHandover(capacity: 4), inFlight, inFlight, Limits, _status, _telemetry, NullLogger.Instance, TimeProvider.System);
        _status.Became(PipelineState.Running);
        _loop.Join(_client);
        _loop.OnAssigned([Id(0), Id(1)]);
    }

    public void Dispose()
    {
        _telemetry.Dispose();
        _client.Dispose();
    }

    [Fact]
    public void A_batch_that_can_not_be_read_again_and_again_makes_its_partition_stand_still_for_all_to_see()
    {
        PlayUnreadable(0, 7, times: 3);

        Assert.False(_status.Snapshot().Ready);
        Assert.Equal("the batch at offset 7 can't be read: bad compression", _status.Snapshot().Partitions[0].Unreadable);
        Assert.Null(_status.Snapshot().Partitions[1].Unreadable);
    }

    [Fact]
    public void A_batch_that_could_not_be_read_in_passing_is_no_reason()
    {
        PlayUnreadable(0, 7, times: 2);
        Play(new ConsumedRecord(Id(0), 7, null, [], [], null));
        PlayUnreadable(0, 9, times: 2);

        Assert.True(_status.Snapshot().Ready);
    }

    [Fact]
    public void Nobody_is_told_of_it_any_more_once_the_partition_is_given_away()
    {
        PlayUnreadable(0, 7, times: 3);
        _loop.OnRevoked([Id(0)]);

        Assert.True(_status.Snapshot().Ready);
    }

    private static PartitionId Id(int partition) => new("documents", partition);

    private void PlayUnreadable(int partition, long offset, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _client.Next.Enqueue((null, new UnreadableBatch(new PartitionOffset(Id(partition), offset), "bad compression")));
            PlayAll();
        }
    }

    private void Play(ConsumedRecord record)
    {
        _client.Next.Enqueue((record, null));
        PlayAll();
    }

    private void PlayAll()
    {
        while (_client.Next.Count > 0)
            Assert.True(_loop.RunOnce());
    }

    private sealed class ScriptedClient : IConsumerClient
    {
        public Queue<(ConsumedRecord? Record, UnreadableBatch? Unreadable)> Next { get; } = [];

        public UnreadableBatch? Unreadable { get; private set; }

        public void Subscribe(IRebalanceHandler handler)
        {
        }

        public ConsumedRecord? Poll(TimeSpan atMost)
        {
            Unreadable = null;
            if (!Next.TryDequeue(out var next))
                return null;
            Unreadable = next.Unreadable;
            return next.Record;
        }

        public void PauseAssigned()
        {
        }

        public void ResumeAssigned()
        {
        }

        public string? StoreOffset(PartitionId partition, long offset) => null;

        public CommitRefusal? Commit(IReadOnlyList<PartitionOffset> offsets) => null;

        public IReadOnlyList<PartitionOffset>? ReadCommitted(IReadOnlyList<PartitionId> partitions, TimeSpan atMost) => null;

        public long? ReadEnd(PartitionId partition) => null;

        public void Close()
        {
        }

        public void Dispose()
        {
        }
    }
}
