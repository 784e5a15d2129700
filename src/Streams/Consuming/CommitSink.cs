using Akka;
using Akka.Streams.Dsl;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Consuming;

/// <summary>The end of the pipe: a batch that arrives here is published, so its offsets are finished.</summary>
/// <remarks>
/// It only tells the connector. When and on which thread the offset is stored, or whether it travels in a transaction
/// with the events, is the connector's business.
/// </remarks>
internal sealed class CommitSink(IRecordConnector connector)
{
    /// <summary>Finishes each batch; the task completes when the stream has.</summary>
    public Sink<RecordBatch, Task<Done>> Sink() => Akka.Streams.Dsl.Sink.ForEach<RecordBatch>(connector.Finished);
}
