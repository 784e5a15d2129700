using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StreamNer.Streams.Consuming;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Reading;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Transactions;

namespace StreamNer.Streams.Pipeline;

/// <summary>
/// Makes both ends of the pipe anew for each run of the graph. Another Kafka connector comes in by registering another factory.
/// </summary>
internal interface IConnectorFactory
{
    /// <summary>What it needs of the actor system's configuration, in HOCON; what the host says wins. Empty for nothing.</summary>
    string Mechanics => "";

    /// <summary>
    /// Makes both. They connect when the source is materialised; the caller disposes the writing end, after the graph has ended.
    /// </summary>
    PipelineEnds Create();
}

/// <summary>Both ends of the pipe, for one run.</summary>
/// <param name="Connector">Where records come from, and where their offsets go.</param>
/// <param name="Publisher">Where answers go.</param>
internal readonly record struct PipelineEnds(IRecordConnector Connector, IEventPublisher Publisher);

/// <summary>The product's own connector, over Confluent.Kafka.</summary>
internal sealed class KafkaConnectorFactory(
    IOptions<KafkaOptions> kafka,
    IOptions<PipelineOptions> pipeline,
    IOptions<ReadingOptions> reading,
    PipelineStatus status,
    StreamsTelemetry telemetry,
    ILoggerFactory logs) : IConnectorFactory, IDisposable
{
    // One for the life of the process: a name that is given up stays so. Late, since options are checked when they are asked for.
    private readonly Lazy<MemberIdentity> _identity =
        new(() => new MemberIdentity(kafka.Value, Environment.GetEnvironmentVariable, TimeProvider.System));

    // As well: a restart of the graph takes the name over from the run before.
    private readonly Lazy<TransactionalId> _transactionalId =
        new(() => TransactionalId.Take(kafka.Value, Environment.MachineName, Path.GetTempPath()));

    /// <inheritdoc/>
    public PipelineEnds Create() =>
        kafka.Value.Delivery == DeliveryGuarantee.ExactlyOnce ? ExactlyOnce() : AtLeastOnce();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_transactionalId.IsValueCreated)
            _transactionalId.Value.Dispose();
    }

    private PipelineEnds AtLeastOnce()
    {
        var log = logs.CreateLogger<ConsumerThread>();
        var connector = new ConsumerThread(_ => new KafkaConsumer(kafka.Value, _identity.Value, log), Limits, status, telemetry, log);
        return new PipelineEnds(connector, new BatchProducer(kafka.Value, logs.CreateLogger<BatchProducer>()));
    }

    private PipelineEnds ExactlyOnce()
    {
        var log = logs.CreateLogger<ConsumerThread>();
        var transactionLog = logs.CreateLogger<TransactionThread>();
        var options = kafka.Value;
        var transactions = new TransactionThread(options.Transaction, status, telemetry, transactionLog);

        // What waits for its commit is under way as well.
        var limits = Limits with { MaxDocumentsInFlight = Limits.MaxDocumentsInFlight + options.Transaction.MaxRecords };
        return new PipelineEnds(new ConsumerThread(Connect, limits, status, telemetry, log, transactions), transactions);

        // First the name, which aborts what a predecessor left open; then the group, which tells up to where that had come.
        IConsumerClient Connect(Func<bool> isEnding)
        {
            var producer = new KafkaTransactionClient(options, _transactionalId.Value.Value, transactionLog);
            transactions.Start(producer, isEnding);
            var consumer = new KafkaConsumer(options, _identity.Value, log);
            producer.Join(consumer);
            return consumer;
        }
    }

    private ConsumingLimits Limits
    {
        get
        {
            var options = pipeline.Value;
            return new ConsumingLimits(
                options.MaxDocumentsInFlight,
                options.MaxBytesInFlight,
                options.MaxBatchRecords,
                options.DrainTimeout,
                options.RevokeTimeoutOrDefault(kafka.Value),
                options.PauseAfter,
                reading.Value.OnUnreadableBatch);
        }
    }
}
