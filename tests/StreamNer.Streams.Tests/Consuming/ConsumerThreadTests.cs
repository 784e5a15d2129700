using Akka.Streams;
using Akka.Streams.Dsl;
using Microsoft.Extensions.Logging.Abstractions;
using StreamNer.Streams.Consuming;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Consuming;

/// <summary>The shell around the loop: the client's thread, and how it ends.</summary>
public sealed class ConsumerThreadTests : StreamTest
{
    private static readonly ConsumingLimits Limits = new(
        MaxDocumentsInFlight: 100, MaxBytesInFlight: 1000, MaxBatchRecords: 1,
        DrainTimeout: TimeSpan.FromSeconds(1), RevokeTimeout: TimeSpan.FromMilliseconds(1), PauseAfter: TimeSpan.FromSeconds(1));

    [Fact]
    public async Task A_consumer_that_failed_hands_nothing_on_while_its_client_closes()
    {
        using var client = new FailingClient(records: 20);
        var status = new PipelineStatus();
        using var telemetry = new StreamsTelemetry(status, new KafkaOptions());
        var thread = new ConsumerThread(_ => client, Limits, status, telemetry, NullLogger.Instance);
        var batches = thread.Records()
            .RunWith(Sink.Queue<RecordBatch>().WithAttributes(Attributes.CreateInputBuffer(1, 1)), Materializer);
        Assert.True((await batches.PullAsync().WaitAsync(Soon, Stop)).HasValue);

        client.Fail();
        await client.Closing.WaitAsync(Soon, Stop);

        // What the stream had taken by then still comes, of what was queued nothing does.
        var after = 0;
        await Assert.ThrowsAsync<ConsumerFailedException>(async () =>
        {
            while ((await batches.PullAsync().WaitAsync(Soon, Stop)).HasValue)
                after++;
        });
        Assert.InRange(after, 0, 2);

        client.FinishClosing();
        await Assert.ThrowsAsync<ConsumerFailedException>(() => thread.Closed.WaitAsync(Soon, Stop));
    }

    /// <summary>Has records until it fails, and gives its partition back while it closes, for as long as the test wants.</summary>
    private sealed class FailingClient(int records) : SilentClient
    {
        private static readonly PartitionId News = new("news", 0);

        private readonly TaskCompletionSource _closing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _failed = new();
        private readonly ManualResetEventSlim _mayClose = new();
        private IRebalanceHandler? _handler;
        private int _next;

        public Task Closing => _closing.Task;

        public void Fail() => _failed.Set();

        public void FinishClosing() => _mayClose.Set();

        public override void Subscribe(IRebalanceHandler handler) => _handler = handler;

        public override ConsumedRecord? Poll(TimeSpan atMost)
        {
            if (_next == 0)
                _handler!.OnAssigned([News]);
            if (_next < records)
                return new ConsumedRecord(News, _next++, null, [], [], null);
            return _failed.Wait(atMost) ? throw new ConsumerFailedException("broken") : null;
        }

        public override void Close()
        {
            _handler!.OnRevoked([News]);
            _closing.TrySetResult();
            _mayClose.Wait();
        }

        public override void Dispose()
        {
            _mayClose.Set();
            base.Dispose();
        }
    }
}
