using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;
using StreamNer.Host.Settings;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Rules;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Pipeline;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Reading;

namespace StreamNer.Host.Configuration;

/// <summary>Everything a user can set, bound. Immutable.</summary>
internal sealed record ProductSettings
{
    /// <summary>The models, one or more, each with the sections that hold for it.</summary>
    public required IReadOnlyList<ModelSettings> Models { get; init; }

    public required RuleOptions Rules { get; init; }

    public required BatchingOptions Batching { get; init; }

    public required RecognitionOptions Recognition { get; init; }

    public required ClusterOptions Cluster { get; init; }

    public required KafkaOptions Kafka { get; init; }

    public required ReadingOptions Reading { get; init; }

    public required OutputOptions Output { get; init; }

    public required PipelineOptions Pipeline { get; init; }

    public required WebOptions Web { get; init; }

    public required TelemetryOptions Telemetry { get; init; }

    public required LoggingOptions Logging { get; init; }

    /// <summary>Whether documents are read from Kafka here: always, but on a node of a cluster that has another role.</summary>
    public bool Streams => Cluster.Pool is not { Streams: false };

    /// <summary>Binds all sections.</summary>
    public static ProductSettings Bind(CheckedConfiguration configuration) => new()
    {
        Models = ModelSettings.Of(configuration),
        Rules = configuration.Get<RuleOptions>(RuleOptions.Section),
        Batching = configuration.Get<BatchingOptions>(BatchingOptions.Section),
        Recognition = configuration.Get<RecognitionOptions>(RecognitionOptions.Section),
        Cluster = configuration.Get<ClusterOptions>(ClusterOptions.Section),
        Kafka = configuration.Get<KafkaOptions>(KafkaOptions.Section),
        Reading = configuration.Get<ReadingOptions>(ReadingOptions.Section),
        Output = configuration.Get<OutputOptions>(OutputOptions.Section),
        Pipeline = configuration.Get<PipelineOptions>(PipelineOptions.Section),
        Web = configuration.Get<WebOptions>(WebOptions.Section),
        Telemetry = configuration.Get<TelemetryOptions>(TelemetryOptions.Section),
        Logging = configuration.Get<LoggingOptions>(LoggingOptions.Section),
    };
}
