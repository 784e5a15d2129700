using Akka.Actor;
using Akka.Streams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Pipeline;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Streams.AkkaStreamsKafka;

/// <summary>Makes both ends of the pipe from the stages of Akka.Streams.Kafka, anew for each run of the graph.</summary>
/// <param name="services">The actor system is asked for late: the factory is made while that is being built.</param>
/// <param name="kafka">The cluster, group and topics.</param>
/// <param name="pipeline">Bounds and times.</param>
/// <param name="status">Told of partitions.</param>
/// <param name="telemetry">Told of records.</param>
/// <param name="logs">Told what an operator should know.</param>
internal sealed partial class AkkaStreamsKafkaConnectorFactory(
    IServiceProvider services,
    IOptions<KafkaOptions> kafka,
    IOptions<PipelineOptions> pipeline,
    PipelineStatus status,
    StreamsTelemetry telemetry,
    ILoggerFactory logs) : IConnectorFactory
{
    // One for the life of the process: a name that is given up stays so. Late, since options are checked when they are asked for.
    private readonly Lazy<MemberIdentity> _identity =
        new(() => new MemberIdentity(kafka.Value, Environment.GetEnvironmentVariable, TimeProvider.System));
    private int _told;

    /// <inheritdoc/>
    /// <remarks>The actor that polls blocks its thread, so it gets one of its own.</remarks>
    public string Mechanics => "akka.kafka.default-dispatcher { type = PinnedDispatcher, throughput = 1 }";

    /// <inheritdoc/>
    public PipelineEnds Create()
    {
        var log = logs.CreateLogger<CommittableConnector>();
        if (Interlocked.Exchange(ref _told, 1) == 0)
            LogNotGuaranteed(log);

        var materializer = services.GetRequiredService<ActorSystem>().Materializer(namePrefix: "akka-streams-kafka");
        try
        {
            return new PipelineEnds(
                new CommittableConnector(kafka.Value, pipeline.Value, _identity.Value, materializer, status, telemetry, log),
                new FlowPublisher(kafka.Value, materializer, logs.CreateLogger<FlowPublisher>()));
        }
        catch
        {
            materializer.Dispose();
            throw;
        }
    }

    [LoggerMessage(EventId = 3401, Level = LogLevel.Warning,
        Message = "the connector is Akka.Streams.Kafka, by choice of the build. Nothing is lost, but a rebalance doesn't wait for records "
            + "under way: their events come twice, from this instance and from the next owner. Each batch that can't be read restarts the "
            + "pipeline, lag is not known, and throughput is a fraction of the product's own connector's (docs/adr/0009)")]
    private static partial void LogNotGuaranteed(ILogger logger);
}
