using Microsoft.Extensions.Options;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Reading;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Streams.Pipeline;

/// <summary>Everything that a pipeline is made of, except the recogniser and its model.</summary>
internal sealed class PipelineSetup(
    IOptions<KafkaOptions> kafka,
    IOptions<ReadingOptions> reading,
    IOptions<OutputOptions> output,
    IOptions<PipelineOptions> pipeline,
    IConnectorFactory connectors,
    PipelineStatus status,
    StreamsTelemetry telemetry,
    DocumentTracing tracing,
    IPublishedObserver? observer = null)
{
    public KafkaOptions Kafka => kafka.Value;

    public ReadingOptions Reading => reading.Value;

    public OutputOptions Output => output.Value;

    public PipelineOptions Pipeline => pipeline.Value;

    public IConnectorFactory Connectors => connectors;

    public PipelineStatus Status => status;

    public StreamsTelemetry Telemetry => telemetry;

    public DocumentTracing Tracing => tracing;

    /// <summary>Who is shown what has been published; null when the host registers nobody.</summary>
    public IPublishedObserver? Observer => observer;
}
