using Microsoft.Extensions.Logging.Abstractions;
using StreamNer.Streams.Consuming;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Consuming;

public sealed class UnreadableBatchTests : IDisposable
{
    private static readonly ConsumingLimits Limits = new(
        MaxDocumentsInFlight: 8, MaxBytesInFlight: 1000, MaxBatchRecords: 3,
        DrainTimeout: TimeSpan.FromSeconds(4), RevokeTimeout: TimeSpan.FromSeconds(3), PauseAfter: TimeSpan.FromSeconds(1));

    private readonly PipelineStatus _status = new();
    private readonly StreamsTelemetry _telemetry;
    private readonly ScriptedClient _client = new();
    private readonly RecordHandover _handover = new(capacity: 4);
    private ConsumerLoop _loop;

    public UnreadableBatchTests()
    {
        _telemetry = new StreamsTelemetry(_status, new KafkaOptions());
        _status.Became(PipelineState.Running);
        _loop = Start(Limits);
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

    [Fact]
    public void A_batch_that_is_to_be_skipped_becomes_one_record_that_names_its_offsets_and_the_partition_goes_on_behind_it()
    {
        _loop = Start(Skip);
        PlayUnreadable(0, 7, times: 3);
        Assert.False(_status.Snapshot().Ready);

        _client.End.SetResult(11);
        PlayUnreadable(0, 7, times: 1);
        Play(Record(12));

        Assert.Equal([(7L, (long?)11), (12, null)], Handed().Select(record => (record.Offset, record.Unreadable?.Last)));
        Assert.Equal([12], _client.Seeks);
        Assert.True(_status.Snapshot().Ready);
    }

    [Fact]
    public void The_offsets_of_a_skipped_batch_are_committed_when_its_letter_is_acknowledged_and_not_before()
    {
        _loop = Start(Skip with { RevokeTimeout = TimeSpan.Zero });
        Play(Record(6));
        _client.End.SetResult(11);
        PlayUnreadable(0, 7, times: 3);
        Assert.True(_handover.TryTake(out var before));
        _loop.Finished(before);
        PlayNothing();
        Assert.True(_handover.TryTake(out var letter));

        _loop.OnRevoked([Id(0)]);
        Assert.Equal([new PartitionOffset(Id(0), 7)], _client.Committed);

        _client.Committed.Clear();
        _loop.OnAssigned([Id(0)]);
        PlayUnreadable(0, 7, times: 3);
        PlayNothing();
        Assert.True(_handover.TryTake(out letter));
        _loop.Finished(letter);
        _loop.OnRevoked([Id(0)]);
        Assert.Equal([new PartitionOffset(Id(0), 12)], _client.Committed);
    }

    [Fact]
    public void Of_a_batch_that_is_read_from_its_middle_only_the_rest_is_skipped()
    {
        _client.CommittedBefore = 9;
        _loop = Start(Skip);
        _client.End.SetResult(11);

        PlayUnreadable(0, 7, times: 3);

        Assert.Equal([(9L, (long?)11)], Handed().Select(record => (record.Offset, record.Unreadable?.Last)));
    }

    [Fact]
    public void An_end_that_was_not_found_is_looked_for_again()
    {
        _loop = Start(Skip);
        _client.End.SetResult(null);
        PlayUnreadable(0, 7, times: 3);
        Assert.Empty(Handed());
        Assert.False(_status.Snapshot().Ready);

        _client.End = new TaskCompletionSource<long?>();
        _client.End.SetResult(7);
        PlayUnreadable(0, 7, times: 1);

        Assert.Equal([7], Handed().Select(record => record.Offset));
    }

    [Fact]
    public void What_lies_behind_a_batch_that_the_client_passed_over_by_itself_is_not_taken_before_it()
    {
        Play(Record(6));
        for (var i = 0; i < 3; i++)
        {
            PlayUnreadable(0, 7, times: 1);
            Play(Record(12));
        }

        Assert.Equal([6], Handed().Select(record => record.Offset));
        Assert.Equal([7, 7, 7], _client.Seeks);
        Assert.Equal([Id(0)], _client.Paused);
        Assert.False(_status.Snapshot().Ready);
    }

    [Fact]
    public void Of_two_batches_in_a_row_that_the_client_passed_over_the_first_is_met_again_before_the_second()
    {
        Play(Record(6));
        PlayUnreadable(0, 7, times: 1);
        PlayUnreadable(0, 9, times: 1);

        Assert.Equal([7], _client.Seeks);
    }

    [Fact]
    public void What_comes_again_when_the_client_was_sent_back_was_the_next_record_all_along()
    {
        PlayUnreadable(0, 7, times: 1);
        Play(Record(12));
        Play(Record(12));

        Assert.Equal([12], Handed().Select(record => record.Offset));
    }

    private ConsumerLoop Start(ConsumingLimits limits)
    {
        var inFlight = new InFlight(new DrainableLimit(Limits.MaxDocumentsInFlight, TimeSpan.FromSeconds(1), TimeProvider.System),
            Limits.MaxBytesInFlight);
        var loop = new ConsumerLoop(
            _handover, inFlight, inFlight, limits, _status, _telemetry, NullLogger.Instance, TimeProvider.System);
        loop.Join(_client);
        loop.OnAssigned([Id(0), Id(1)]);
        return loop;
    }

    private static ConsumingLimits Skip => Limits with { OnUnreadable = OnUnreadableBatch.Skip };

    private static ConsumedRecord Record(long offset) => new(Id(0), offset, null, [], [], null);

    private List<KafkaRecord> Handed()
    {
        PlayNothing();
        var records = new List<KafkaRecord>();
        while (_handover.TryTake(out var batch))
            records.AddRange(batch.Records);
        return records;
    }

    private void PlayNothing() => Assert.True(_loop.RunOnce());

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

    private sealed class ScriptedClient : SilentClient
    {
        private UnreadableBatch? _met;

        public Queue<(ConsumedRecord? Record, UnreadableBatch? Unreadable)> Next { get; } = [];

        public TaskCompletionSource<long?> End { get; set; } = new();

        public List<long> Seeks { get; } = [];

        public List<PartitionId> Paused { get; } = [];

        public List<PartitionOffset> Committed { get; } = [];

        public long? CommittedBefore { get; set; }

        public override UnreadableBatch? Unreadable => _met;

        public override ConsumedRecord? Poll(TimeSpan atMost)
        {
            _met = null;
            if (!Next.TryDequeue(out var next))
                return null;
            _met = next.Unreadable;
            return next.Record;
        }

        public override Task<long?> FindLastAsync(UnreadableBatch batch) => End.Task;

        public override void Seek(PartitionId partition, long offset) => Seeks.Add(offset);

        public override void Pause(PartitionId partition) => Paused.Add(partition);

        public override CommitRefusal? Commit(IReadOnlyList<PartitionOffset> offsets)
        {
            Committed.AddRange(offsets);
            return null;
        }

        public override IReadOnlyList<PartitionOffset>? ReadCommitted(IReadOnlyList<PartitionId> partitions, TimeSpan atMost) =>
            CommittedBefore is { } offset ? [new PartitionOffset(partitions[0], offset)] : null;
    }
}
