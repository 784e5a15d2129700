using Akka;
using Akka.Actor;
using Akka.Streams.Dsl;
using StreamNer.Streams.Consuming;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Reading;
using StreamNer.Streams.Recognition;

namespace StreamNer.Streams.Pipeline;

/// <summary>The whole pipeline, top to bottom. Every element is a batch of records that carries its offsets to the end.</summary>
/// <remarks>
/// One fused island: no step runs beside another, all waiting is in the ordered SelectAsync of recognise and publish. The only
/// supervision is to stop: a batch that fails is read again by the next run, never skipped. Building runs nothing.
/// </remarks>
internal static class NerGraph
{
    /// <summary>Builds the graph. Its value completes when the last batch is finished, and fails when a batch cannot be.</summary>
    /// <param name="setup">What the steps are made of.</param>
    /// <param name="connector">Where records come from, and where their offsets go.</param>
    /// <param name="publisher">Where answers go.</param>
    /// <param name="composer">Makes the answers.</param>
    /// <param name="recogniser">Labels documents.</param>
    /// <param name="ended">Cancelled when the run is over: what was asked is called back.</param>
    public static IRunnableGraph<Task<Done>> Build(
        PipelineSetup setup, IRecordConnector connector, IEventPublisher publisher, RecordComposer composer, IActorRef recogniser,
            CancellationToken ended)
    {
        var options = setup.Pipeline;
        var read = new ReadStep(new RecordReader(setup.Reading), setup.Tracing);
        var recognise = new RecogniseStep(
            recogniser, options.MaxBatchesInRecognition, options.AskTimeout,
            $"{PipelineOptions.Section}:{nameof(options.AskTimeout)}", ended: ended);
        var publish = new PublishStep(publisher, composer, setup.Telemetry, setup.Observer);
        var commit = new CommitSink(connector);

        return connector.Records()
            .Via(read.Flow())
            .Via(recognise.Flow())
            .Via(publish.Flow())
            .ToMaterialized(commit.Sink(), Keep.Right)
            .Named("ner");
    }
}
