using StreamNer.Actors.Recognition;
using StreamNer.Host.Logging;
using StreamNer.Host.Observability;
using StreamNer.Host.Web;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;
using StreamNer.Streams;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Reading;

namespace StreamNer.Host.Configuration;

/// <summary>Everything a user can set, bound. Immutable.</summary>
internal sealed record ProductSettings
{
    public required ModelOptions Model { get; init; }

    public required WindowOptions Windows { get; init; }

    public required WordOptions Words { get; init; }

    public required BatchingOptions Batching { get; init; }

    public required IReadOnlyList<DeviceOptions> Devices { get; init; }

    public required RecognitionOptions Recognition { get; init; }

    public required KafkaOptions Kafka { get; init; }

    public required ReadingOptions Reading { get; init; }

    public required OutputOptions Output { get; init; }

    public required PipelineOptions Pipeline { get; init; }

    public required WebOptions Web { get; init; }

    public required TelemetryOptions Telemetry { get; init; }

    public required LoggingOptions Logging { get; init; }

    /// <summary>Binds all sections.</summary>
    public static ProductSettings Bind(CheckedConfiguration configuration) => new()
    {
        Model = configuration.Get<ModelOptions>(ModelOptions.Section),
        Windows = configuration.Get<WindowOptions>(WindowOptions.Section),
        Words = configuration.Get<WordOptions>(WordOptions.Section),
        Batching = configuration.Get<BatchingOptions>(BatchingOptions.Section),
        Devices = configuration.Get<List<DeviceOptions>>(DeviceOptions.Section),
        Recognition = configuration.Get<RecognitionOptions>(RecognitionOptions.Section),
        Kafka = configuration.Get<KafkaOptions>(KafkaOptions.Section),
        Reading = configuration.Get<ReadingOptions>(ReadingOptions.Section),
        Output = configuration.Get<OutputOptions>(OutputOptions.Section),
        Pipeline = configuration.Get<PipelineOptions>(PipelineOptions.Section),
        Web = configuration.Get<WebOptions>(WebOptions.Section),
        Telemetry = configuration.Get<TelemetryOptions>(TelemetryOptions.Section),
        Logging = configuration.Get<LoggingOptions>(LoggingOptions.Section),
    };
}
