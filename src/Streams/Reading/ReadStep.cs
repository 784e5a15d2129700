using Akka;
using Akka.Streams.Dsl;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Reading;

/// <summary>Bytes to documents. What cannot be read goes on as a failure: an element that carries an offset is never dropped.</summary>
internal sealed class ReadStep(RecordReader reader, DocumentTracing tracing)
{
    /// <summary>Reads each batch in place.</summary>
    public Flow<RecordBatch, RecordBatch, NotUsed> Flow() => Akka.Streams.Dsl.Flow.Create<RecordBatch>().Select(Read);

    private RecordBatch Read(RecordBatch batch)
    {
        batch.Step = PipelineStep.Reading;
        batch.Trace = tracing.Begin(batch);
        for (var i = 0; i < batch.Count; i++)
        {
            var read = reader.Read(batch.Records[i]);
            batch.Results[i].Document = read.Document;
            batch.Results[i].Outcome = read.Failure;
            batch.Results[i].SchemaId = read.SchemaId;
        }

        return batch;
    }
}
