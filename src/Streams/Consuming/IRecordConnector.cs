using Akka;
using Akka.Streams.Dsl;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Consuming;

/// <summary>Where records come from and where their offsets go: the seam for another Kafka connector.</summary>
/// <remarks>One instance serves one run of the graph; a restart makes a new one. Any thread may call its methods.</remarks>
internal interface IRecordConnector
{
    /// <summary>Completes when the consumer has left its group and is closed; fails with what broke it.</summary>
    Task Closed { get; }

    /// <summary>
    /// The batches, in poll order. Materialised once. Fails when the consumer does, completes after <see cref="StopIntake"/>.
    /// </summary>
    Source<RecordBatch, NotUsed> Records();

    /// <summary>Notes that every record of a batch is published or dead-lettered. Batches may finish in any order.</summary>
    void Finished(RecordBatch batch);

    /// <summary>Takes no more records, waits for those under way, commits them, leaves the group and closes. Returns at once.</summary>
    void StopIntake();

    /// <summary>Closes without waiting: what is not finished will be read again. Returns at once.</summary>
    void Abort();
}
