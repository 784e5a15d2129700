using Akka;
using Akka.Actor;
using Akka.Streams.Dsl;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Recognition;

/// <summary>Asks the recogniser once for each batch of documents, several batches at a time, and keeps their order.</summary>
/// <param name="recogniser">Understands <see cref="RecognitionProtocol.Recognise"/>.</param>
/// <param name="maxBatches">Batches that wait for it at the same time, at most.</param>
/// <param name="askTimeout">Longest wait for one answer.</param>
/// <param name="askTimeoutKey">The setting that says so, for messages.</param>
/// <param name="ended">Cancelled when the graph is over: nobody waits for what was asked then.</param>
internal sealed class RecogniseStep(
    IActorRef recogniser, int maxBatches, TimeSpan askTimeout, string askTimeoutKey, CancellationToken ended = default)
{
    /// <summary>Labels each batch. A document that fails is a value; a recogniser that fails ends the stream.</summary>
    public Flow<RecordBatch, RecordBatch, NotUsed> Flow() =>
        Akka.Streams.Dsl.Flow.Create<RecordBatch>().SelectAsync(maxBatches, Recognise);

    private Task<RecordBatch> Recognise(RecordBatch batch)
    {
        var documents = new List<Document>(batch.Count);
        foreach (ref readonly var result in batch.Results)
        {
            if (result.Document is { } document)
                documents.Add(document);
        }

        return documents.Count == 0 ? Task.FromResult(batch) : AskAsync(batch, documents);
    }

    private async Task<RecordBatch> AskAsync(RecordBatch batch, List<Document> documents)
    {
        batch.Step = PipelineStep.Recognition;
        RecognitionProtocol.Recognised answer;
        try
        {
            answer = await recogniser
                .Ask<RecognitionProtocol.Recognised>(
                    new RecognitionProtocol.Recognise(documents) { Patience = askTimeout, CalledBack = ended }, askTimeout, ended)
                .ConfigureAwait(false);
        }
        catch (Exception late) when (late is AskTimeoutException or RecognitionAbandonedException)
        {
            // Not a failure of these documents: the recogniser always answers within limits of its own.
            throw new RecogniserBrokenException(
                $"the recogniser did not answer for {documents.Count} documents within {askTimeoutKey} {askTimeout}", late);
        }
        catch (RecognitionStoppedException stopped)
        {
            // Nothing is known of these documents: they are read again, not dead-lettered.
            throw new RecogniserBrokenException(stopped.Message, stopped);
        }

        if (answer.Outcomes.Count != documents.Count)
            throw new RecogniserBrokenException($"the recogniser gave {answer.Outcomes.Count} outcomes for {documents.Count} documents");

        var next = 0;
        foreach (ref var result in batch.Results)
        {
            if (result.Document is not null)
                result.Outcome = answer.Outcomes[next++];
        }

        return batch;
    }
}

/// <summary>
/// The recogniser broke its promise to answer, or is stopping. Nothing of the batch is published; its records are read again.
/// </summary>
internal sealed class RecogniserBrokenException(string message, Exception? inner = null) : Exception(message, inner);
