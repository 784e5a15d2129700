using Microsoft.Extensions.Logging.Abstractions;
using StreamNer.Streams.Consuming;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Consuming;

/// <summary>
/// Single rules of consuming, at a client that does what the test says. All rules together: <see cref="ConsumerLoopModelTests"/>.
/// </summary>
public sealed class ConsumerLoopTests : IDisposable
{
    private static readonly PartitionId News = new("news", 0);

    private readonly RecordHandover _handover = new(capacity: 4);
    private readonly PipelineStatus _status = new();
    private readonly StreamsTelemetry _telemetry;
    private readonly ScriptedClient _client = new();
    private readonly ConsumerLoop _loop;

    public ConsumerLoopTests()
    {
        var limits = new ConsumingLimits(
            MaxDocumentsInFlight: 100, MaxBytesInFlight: 1000, MaxBatchRecords: 10,
            DrainTimeout: TimeSpan.FromSeconds(10), RevokeTimeout: TimeSpan.FromSeconds(10), PauseAfter: TimeSpan.FromSeconds(1));
        var inFlight = new InFlight(new DrainableLimit(limits.MaxDocumentsInFlight, TimeSpan.FromSeconds(1), TimeProvider.System),
            limits.MaxBytesInFlight);
        _telemetry = new StreamsTelemetry(_status, new KafkaOptions());
        _loop = new ConsumerLoop(_handover, inFlight, inFlight, limits, _status, _telemetry, NullLogger.Instance, TimeProvider.System);
        _loop.Join(_client);
        _loop.OnAssigned([News]);
    }

    [Fact]
    public void A_record_that_the_client_hands_out_twice_in_a_row_is_handed_on_once()
    {
        _client.Records = new([Record(7), Record(8), Record(8), Record(9)]);

        Assert.Equal([7, 8, 9], Consume().Select(record => record.Offset));
    }

    [Fact]
    public void Another_record_at_the_offset_of_the_last_one_ends_the_run()
    {
        _client.Records = new([Record(7), Record(8), Record(8) with { Timestamp = Records.Time.AddSeconds(1) }]);

        var failed = Assert.Throws<ConsumerFailedException>(Consume);
        Assert.Contains("news/0 went back from offset 9 to 8", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Offsets_refused_for_the_members_epoch_are_committed_again_before_the_partition_is_given_away()
    {
        _client.Records = new([Record(7)]);
        Consume();
        _client.Refusals = new([RefusalPasses.WithHeartbeat, RefusalPasses.WithHeartbeat]);

        _loop.OnRevoked([News]);

        Assert.Equal(8, _client.Committed);
    }

    [Fact]
    public void Offsets_refused_for_a_rebalance_are_not_waited_for_when_a_partition_is_given_away()
    {
        _client.Records = new([Record(7)]);
        Consume();
        _client.Refusals = new([RefusalPasses.WithRebalance]);

        _loop.OnRevoked([News]);

        Assert.Null(_client.Committed);
        Assert.Empty(_client.Refusals);
    }

    [Fact]
    public void What_retention_has_taken_is_no_lag()
    {
        _client.Bounds = (500, 510);
        _client.CommittedBefore = 100;
        _loop.OnRevoked([News]);
        _loop.OnAssigned([News]);

        while (_status.Snapshot().Partitions[0].Lag is null)
            _loop.RunOnce();

        Assert.Equal(10, _status.Snapshot().Partitions[0].Lag);
    }

    [Fact]
    public void The_pause_of_a_partition_that_is_lost_is_ended_as_the_client_keeps_it()
    {
        _loop.OnLost([News]);

        Assert.Equal([News], _client.Resumed);
    }

    public void Dispose() => _telemetry.Dispose();

    private static ConsumedRecord Record(long offset) => new(News, offset, null, [], [], Records.Time);

    /// <summary>Lets the loop work until the client has nothing more; everything is finished at once.</summary>
    private List<KafkaRecord> Consume()
    {
        var records = new List<KafkaRecord>();
        while (!_client.WasAskedInVain)
        {
            _loop.RunOnce();
            while (_handover.TryTake(out var batch))
            {
                records.AddRange(batch.Records);
                _loop.Finished(batch);
            }
        }

        return records;
    }

    private sealed class ScriptedClient : SilentClient
    {
        public Queue<ConsumedRecord> Records { get; set; } = [];

        /// <summary>What the next commits get to hear.</summary>
        public Queue<RefusalPasses> Refusals { get; set; } = [];

        public long? Committed { get; private set; }

        public bool WasAskedInVain { get; private set; }

        public (long? Start, long? End) Bounds { get; set; }

        public long? CommittedBefore { get; set; }

        public IReadOnlyList<PartitionId> Resumed { get; private set; } = [];

        public override (long? Start, long? End) ReadBounds(PartitionId partition) => Bounds;

        public override void Resume(IReadOnlyList<PartitionId> partitions) => Resumed = partitions;

        public override IReadOnlyList<PartitionOffset>? ReadCommitted(IReadOnlyList<PartitionId> partitions, TimeSpan atMost) =>
            CommittedBefore is { } offset ? [.. partitions.Select(partition => new PartitionOffset(partition, offset))] : null;

        public override ConsumedRecord? Poll(TimeSpan atMost)
        {
            if (Records.TryDequeue(out var record))
                return record;
            WasAskedInVain = true;
            return null;
        }

        public override CommitRefusal? Commit(IReadOnlyList<PartitionOffset> offsets)
        {
            if (Refusals.TryDequeue(out var passes))
                return new CommitRefusal("by the test", passes);
            Committed = Assert.Single(offsets).Offset;
            return null;
        }
    }
}
