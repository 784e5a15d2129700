using Akka.Streams;
using Akka.Streams.Dsl;
using StreamNer.Streams.Consuming;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Consuming;

public sealed class RecordSourceTests : StreamTest
{
    private readonly AssignedPartition _partition = new("news", 0);
    private readonly RecordHandover _handover = new(capacity: 2);
    private readonly TaskCompletionSource _cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _started;
    private int _taken;

    [Fact]
    public async Task Batches_come_out_in_the_order_in_which_they_were_offered()
    {
        var queue = Run();
        for (var i = 0; i < 3; i++)
            _handover.Offer(Records.Batch(_partition, i, "text"));

        for (var i = 0; i < 3; i++)
            Assert.Equal(i, (await queue.PullAsync().WaitAsync(Soon, Stop)).Value.Records[0].Offset);
        Assert.Equal(1, _started);
        Assert.Equal(3, _taken);
    }

    [Fact]
    public async Task A_batch_offered_to_a_waiting_stream_leaves_at_once()
    {
        var waiting = Run().PullAsync();
        _handover.Offer(Records.Batch(_partition, 7, "text"));

        Assert.Equal(7, (await waiting.WaitAsync(Soon, Stop)).Value.Records[0].Offset);
    }

    [Fact]
    public async Task What_was_offered_before_the_end_still_comes_out()
    {
        _handover.Offer(Records.Batch(_partition, 0, "text"));
        _handover.End(null);
        var queue = Run();

        Assert.True((await queue.PullAsync().WaitAsync(Soon, Stop)).HasValue);
        Assert.False((await queue.PullAsync().WaitAsync(Soon, Stop)).HasValue);
        Assert.False(_cancelled.Task.IsCompleted);
    }

    [Fact]
    public async Task What_a_slow_stream_has_not_taken_yet_outlives_the_end()
    {
        var queue = Run(bufferedBatches: 1);
        for (var i = 0; i < 5; i++)
            _handover.Offer(Records.Batch(_partition, i, "text"));
        _handover.End(null);

        for (var i = 0; i < 5; i++)
            Assert.Equal(i, (await queue.PullAsync().WaitAsync(Soon, Stop)).Value.Records[0].Offset);
        Assert.False((await queue.PullAsync().WaitAsync(Soon, Stop)).HasValue);
    }

    [Fact]
    public async Task A_failed_consumer_fails_the_stream()
    {
        var waiting = Run().PullAsync();
        _handover.End(new ConsumerFailedException("broken"));

        await Assert.ThrowsAsync<ConsumerFailedException>(() => waiting.WaitAsync(Soon, Stop));
    }

    [Fact]
    public async Task A_stream_that_goes_away_tells_the_consumer()
    {
        var (cancel, _) = Source.FromGraph(new RecordSource(_handover, () => { }, () => { }, () => _cancelled.TrySetResult()))
            .ViaMaterialized(KillSwitches.Single<RecordBatch>(), Keep.Right)
            .ToMaterialized(Sink.Ignore<RecordBatch>(), Keep.Both)
            .Run(Materializer);

        cancel.Abort(new InvalidOperationException("a later step failed"));

        await _cancelled.Task.WaitAsync(Soon, Stop);
    }

    private ISinkQueue<RecordBatch> Run(int bufferedBatches = 16) =>
        Source.FromGraph(new RecordSource(
            _handover, () => Interlocked.Increment(ref _started), () => Interlocked.Increment(ref _taken), () => _cancelled.TrySetResult()))
            .RunWith(Sink.Queue<RecordBatch>().WithAttributes(Attributes.CreateInputBuffer(1, bufferedBatches)), Materializer);
}
