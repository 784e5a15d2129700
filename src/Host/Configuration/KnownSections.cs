using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;
using StreamNer.Host.Settings;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;
using StreamNer.Inference.Rules;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Pipeline;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Reading;

namespace StreamNer.Host.Configuration;

/// <summary>Every section below <c>StreamNer</c> and the options it is bound to. A new options type is a line here.</summary>
internal static class KnownSections
{
    /// <summary>The keys of all sections.</summary>
    public static StrictKeys Keys { get; } = new(
    [
        (ModelOptions.Section, typeof(ModelOptions)),
        (NamedModelOptions.Section, typeof(List<NamedModelOptions>)),
        (WindowOptions.Section, typeof(WindowOptions)),
        (WordOptions.Section, typeof(WordOptions)),
        (RuleOptions.Section, typeof(RuleOptions)),
        (BatchingOptions.Section, typeof(BatchingOptions)),
        (DeviceOptions.Section, typeof(List<DeviceOptions>)),
        (RecognitionOptions.Section, typeof(RecognitionOptions)),
        (ClusterOptions.Section, typeof(ClusterOptions)),
        (KafkaOptions.Section, typeof(KafkaOptions)),
        (ReadingOptions.Section, typeof(ReadingOptions)),
        (OutputOptions.Section, typeof(OutputOptions)),
        (PipelineOptions.Section, typeof(PipelineOptions)),
        (WebOptions.Section, typeof(WebOptions)),
        (TelemetryOptions.Section, typeof(TelemetryOptions)),
        (LoggingOptions.Section, typeof(LoggingOptions)),
    ]);
}
