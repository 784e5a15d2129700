using Akka;
using Akka.Streams.Dsl;
using Microsoft.Extensions.Logging;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Consuming;

/// <summary>
/// Gives the consumer a thread of its own, on which nobody else calls it: the shell around <see cref="ConsumerLoop"/>, where the rules
/// are.
/// </summary>
/// <remarks>Lives for one run of the graph.</remarks>
internal sealed partial class ConsumerThread : IRecordConnector
{
    /// <summary>Batches that wait for the stream, at most. The stream itself holds the others.</summary>
    private const int HandoverBatches = 4;

    private readonly Func<Func<bool>, IConsumerClient> _connect;
    private readonly PipelineStatus _status;
    private readonly ILogger _log;
    private readonly RecordHandover _handover = new(HandoverBatches);
    private readonly InFlight _inFlight;
    private readonly ConsumerLoop _loop;
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _started;

    /// <param name="connect">Makes the client, on the consumer thread. Given what tells that the client is not wanted any more.</param>
    /// <param name="limits">Bounds and times.</param>
    /// <param name="status">Told of partitions.</param>
    /// <param name="telemetry">Told of records.</param>
    /// <param name="log">Told what an operator should know.</param>
    /// <param name="finishing">Asked to hurry while something is waited for; null where nothing waits for more.</param>
    public ConsumerThread(Func<Func<bool>, IConsumerClient> connect, ConsumingLimits limits, PipelineStatus status,
        StreamsTelemetry telemetry, ILogger log, IFinishing? finishing = null)
    {
        _connect = connect;
        _status = status;
        _log = log;

        // Both a shutdown and a rebalance wait for what is under way; the less patient one sets how much that is.
        var patience = limits.DrainTimeout < limits.RevokeTimeout ? limits.DrainTimeout : limits.RevokeTimeout;
        _inFlight =
            new InFlight(new DrainableLimit(limits.MaxDocumentsInFlight, patience / 4, TimeProvider.System), limits.MaxBytesInFlight);
        _loop = new ConsumerLoop(_handover, _inFlight, _inFlight, limits, status, telemetry, log, TimeProvider.System, finishing);
        status.Watch(_inFlight);
    }

    /// <inheritdoc/>
    public Task Closed => _closed.Task;

    /// <inheritdoc/>
    public Source<RecordBatch, NotUsed> Records() =>
        Source.FromGraph(new RecordSource(_handover, started: Start, taken: _inFlight.Signal, cancelled: Abort));

    /// <inheritdoc/>
    public void Finished(RecordBatch batch) => _loop.Finished(batch);

    /// <inheritdoc/>
    public void StopIntake() => _loop.StopIntake();

    /// <inheritdoc/>
    public void Abort()
    {
        _loop.Abort();
        if (Interlocked.Exchange(ref _started, 1) == 0)
            _closed.TrySetResult();
    }

    private void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) == 0)
            new Thread(Run) { IsBackground = true, Name = "streamner-consumer" }.Start();
    }

    private void Run()
    {
        Exception? failure = null;
        IConsumerClient? client = null;
        try
        {
            client = _connect(() => _loop.IsEnding);
            _loop.Join(client);
            while (_loop.RunOnce())
            {
                // The loop says when it is done.
            }
        }
        catch (Exception broken)
        {
            failure = broken as ConsumerFailedException ?? new ConsumerFailedException($"the consumer failed: {broken.Message}", broken);
            _loop.Fail();

            // At once: while the client closes, the stream must not take what is queued.
            _handover.End(failure);
        }

        failure = Close(client, failure);
        _handover.End(failure);
        _status.LeftGroup();
        if (failure is null)
            _closed.TrySetResult();
        else
            _closed.TrySetException(failure);
    }

    /// <returns>What broke the consumer: what did before, or its closing.</returns>
    private Exception? Close(IConsumerClient? client, Exception? failure)
    {
        try
        {
            client?.Close();
        }
        catch (Exception broken)
        {
            // What matters may already be known: the failure that led here.
            if (failure is not null)
                LogNotClosed(_log, broken.Message);
            failure ??= broken as ConsumerFailedException
                ?? new ConsumerFailedException($"the consumer did not close: {broken.Message}", broken);
        }
        finally
        {
            client?.Dispose();
        }

        return failure;
    }

    [LoggerMessage(EventId = 3117, Level = LogLevel.Warning, Message = "the failed consumer did not close cleanly: {Reason}")]
    private static partial void LogNotClosed(ILogger logger, string reason);
}
