using Akka;
using Akka.Streams.Dsl;
using StreamNer.Streams.Commit;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Reading;
using StreamNer.Streams.Recognition;

namespace StreamNer.Streams;

/// <summary>The whole pipeline, top to bottom. Every element is a batch of records that carries its offsets to the end.</summary>
/// <remarks>
/// One fused island: no step runs beside another, all waiting is in the ordered SelectAsync of recognise and publish. The only
/// supervision is to stop: a batch that fails is read again by the next run, never skipped. Building runs nothing.
/// </remarks>
internal sealed class NerGraph(
    IRecordConnector records, ReadStep read, RecogniseStep recognise, PublishStep publish, CommitSink commit)
{
    /// <summary>Builds the graph. Its value completes when the last batch is finished, and fails when a batch cannot be.</summary>
    public IRunnableGraph<Task<Done>> Build() =>
        records.Records()
            .Via(read.Flow())
            .Via(recognise.Flow())
            .Via(publish.Flow())
            .ToMaterialized(commit.Sink(), Keep.Right)
            .Named("ner");
}
