using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StreamNer.Streams.Publishing;

namespace StreamNer.Streams.Kafka;

/// <summary>The product's own connector, over Confluent.Kafka.</summary>
internal sealed class KafkaConnectorFactory(
    IOptions<KafkaOptions> kafka,
    IOptions<PipelineOptions> pipeline,
    PipelineStatus status,
    StreamsTelemetry telemetry,
    ILoggerFactory logs) : IConnectorFactory
{
    /// <inheritdoc/>
    public IRecordConnector CreateConnector() =>
        new ConsumerThread(kafka.Value, pipeline.Value, status, telemetry, logs.CreateLogger<ConsumerThread>());

    /// <inheritdoc/>
    public IEventPublisher CreatePublisher() => new BatchProducer(kafka.Value, logs.CreateLogger<BatchProducer>());
}
