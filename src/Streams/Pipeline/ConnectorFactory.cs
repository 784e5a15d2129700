using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StreamNer.Streams.Consuming;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Reading;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Streams.Pipeline;

/// <summary>
/// Makes both ends of the pipe anew for each run of the graph. Another Kafka connector comes in by registering another factory.
/// </summary>
internal interface IConnectorFactory
{
    /// <summary>Makes the reading end. It connects when its source is materialised.</summary>
    IRecordConnector CreateConnector();

    /// <summary>Makes the writing end. The caller disposes it, after the graph has ended.</summary>
    IEventPublisher CreatePublisher();
}

/// <summary>The product's own connector, over Confluent.Kafka.</summary>
internal sealed class KafkaConnectorFactory(
    IOptions<KafkaOptions> kafka,
    IOptions<PipelineOptions> pipeline,
    IOptions<ReadingOptions> reading,
    PipelineStatus status,
    StreamsTelemetry telemetry,
    ILoggerFactory logs) : IConnectorFactory
{
    // One for the life of the process: a name that is given up stays so. Late, since options are checked when they are asked for.
    private readonly Lazy<MemberIdentity> _identity =
        new(() => new MemberIdentity(kafka.Value, Environment.GetEnvironmentVariable, TimeProvider.System));

    /// <inheritdoc/>
    public IRecordConnector CreateConnector()
    {
        var options = pipeline.Value;
        var limits = new ConsumingLimits(
            options.MaxDocumentsInFlight,
            options.MaxBytesInFlight,
            options.MaxBatchRecords,
            options.DrainTimeout,
            options.RevokeTimeoutOrDefault(kafka.Value),
            options.PauseAfter,
            reading.Value.OnUnreadableBatch);
        var log = logs.CreateLogger<ConsumerThread>();
        return new ConsumerThread(() => new KafkaConsumer(kafka.Value, _identity.Value, log), limits, status, telemetry, log);
    }

    /// <inheritdoc/>
    public IEventPublisher CreatePublisher() => new BatchProducer(kafka.Value, logs.CreateLogger<BatchProducer>());
}
