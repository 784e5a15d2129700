using Akka;
using Akka.Streams.Dsl;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Tracing;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Reading;

/// <summary>Bytes to documents. What cannot be read goes on as a failure: an element that carries an offset is never dropped.</summary>
internal sealed class ReadStep(RecordReader reader, DocumentTracing tracing)
{
    /// <summary>Reads each batch in place.</summary>
    public Flow<RecordBatch, ReadBatch, NotUsed> Flow() => Akka.Streams.Dsl.Flow.Create<RecordBatch>().Select(Read);

    private ReadBatch Read(RecordBatch batch)
    {
        var trace = tracing.Begin(batch);
        var read = new ReadRecord[batch.Count];
        var documents = new List<Document>(batch.Count);
        for (var i = 0; i < read.Length; i++)
        {
            read[i] = reader.Read(batch.Records[i]);
            if (read[i].Document is { } document)
                documents.Add(document);
        }

        return new ReadBatch(batch, read, documents) { Trace = trace };
    }
}
