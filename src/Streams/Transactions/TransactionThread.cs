using Microsoft.Extensions.Logging;
using StreamNer.Streams.Consuming;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Transactions;

/// <summary>
/// Gives the transactions a thread of their own, which waits for brokers: the shell around <see cref="TransactionLoop"/>, where the rules
/// are.
/// </summary>
/// <remarks>Lives for one run of the graph. <see cref="Start"/> comes before the first batch, since it comes before the consumer.</remarks>
internal sealed partial class TransactionThread(
    TransactionOptions options, PipelineStatus status, StreamsTelemetry telemetry, ILogger log) : IEventPublisher, IFinishing
{
    // Longer than a call that waits for a broker, unless transactions may take longer than a stop should.
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(20);

    private readonly AutoResetEvent _wake = new(false);
    private readonly Lock _gate = new();
    private KafkaTransactionClient? _client;
    private TransactionLoop? _loop;
    private Thread? _thread;
    private bool _disposed;
    private bool _ended;
    private bool _leftBehind;

    /// <inheritdoc/>
    public int Unacknowledged => Volatile.Read(ref _client)?.Unacknowledged ?? 0;

    /// <inheritdoc/>
    /// <remarks>A transaction's worth of small batches; large ones are bounded by what may be under way.</remarks>
    public int MaxUnsettledBatches => 1024;

    /// <summary>Takes this instance's name at the brokers and begins to work. Blocks until they have answered.</summary>
    /// <param name="client">The producer; disposed with this.</param>
    /// <param name="isEnding">Tells that nobody wants it any more.</param>
    /// <exception cref="TransactionFailedException">They refuse it, or the run has ended.</exception>
    public void Start(KafkaTransactionClient client, Func<bool> isEnding)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                client.Dispose();
                throw new TransactionFailedException("the run has ended", TransactionWay.NewClient);
            }

            _client = client;
        }

        client.Initialise(isEnding);
        lock (_gate)
        {
            if (_disposed)
                throw new TransactionFailedException("the run has ended", TransactionWay.NewClient);

            _loop = new TransactionLoop(
                client, options, () => status.Flight?.Documents ?? int.MaxValue, telemetry, log, TimeProvider.System, () => _wake.Set());
            status.Watch(_loop, options.Overdue);
            _thread = new Thread(Run) { IsBackground = true, Name = "streamner-transactions" };
            _thread.Start();
        }
    }

    /// <inheritdoc/>
    public Task<Delivery> EnqueueAsync(ReadOnlyMemory<OutgoingRecord> records, RecordBatch? answered = null) =>
        Started.EnqueueAsync(answered ?? throw new ArgumentNullException(nameof(answered)), records);

    /// <inheritdoc/>
    public Task SettleAsync(RecordBatch batch) => Started.SettleAsync(batch);

    /// <inheritdoc/>
    public void Hurry(bool waits) => Volatile.Read(ref _loop)?.Hurry(waits);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        _loop?.Stop();
        _client?.Close();

        // Who still waits for a broker keeps the client, and disposes it: under a call that runs that would take its memory away.
        if (_thread?.Join(CloseTime) == false)
        {
            lock (_gate)
                _leftBehind = !_ended;
        }

        if (_leftBehind)
            LogLeftBehind(log);
        else
            _client?.Dispose();
    }

    private TransactionLoop Started => Volatile.Read(ref _loop) ?? throw new InvalidOperationException("there are no transactions yet");

    private void Run()
    {
        while (_loop!.RunOnce() is { } idle)
            _wake.WaitOne(idle);
        lock (_gate)
            _ended = true;
        if (_leftBehind)
            _client!.Dispose();
    }

    [LoggerMessage(EventId = 3304, Level = LogLevel.Warning,
        Message = "the producer still waits for a broker and is left behind; what it has open is aborted by the brokers")]
    private static partial void LogLeftBehind(ILogger logger);
}
