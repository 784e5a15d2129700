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
/// <param name="askTimeout">Longest wait for an answer while nothing is computed.</param>
/// <param name="askTimeoutKey">The setting that says so, for messages.</param>
/// <param name="clock">Measures the wait; null for the system's.</param>
/// <param name="ended">Cancelled when the graph is over: nobody waits for what was asked then.</param>
internal sealed class RecogniseStep(
    IActorRef recogniser, int maxBatches, TimeSpan askTimeout, string askTimeoutKey, TimeProvider? clock = null,
        CancellationToken ended = default)
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly RecognitionProgress _progress = new(clock);

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

    /// <summary>Waits for as long as anything of this run is computed: what is under way is bounded, so that ends.</summary>
    private async Task<RecognitionProtocol.Recognised> AnswerAsync(Task<RecognitionProtocol.Recognised> asked)
    {
        for (var left = askTimeout; ; left = askTimeout - _progress.Since)
        {
            try
            {
                return await asked.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _clock).ConfigureAwait(false);
            }
            catch (TimeoutException) when (_progress.Since < askTimeout)
            {
                // Something was computed meanwhile.
            }
        }
    }

    private async Task<RecordBatch> AskAsync(RecordBatch batch, List<Document> documents)
    {
        _progress.Advance();
        batch.Recognition = _progress;
        batch.Step = PipelineStep.Recognition;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ended);
        RecognitionProtocol.Recognised answer;
        try
        {
            answer = await AnswerAsync(recogniser.Ask<RecognitionProtocol.Recognised>(
                new RecognitionProtocol.Recognise(documents) { CalledBack = over.Token, Progress = _progress }, Timeout.InfiniteTimeSpan,
                ended)).ConfigureAwait(false);
        }
        catch (Exception late) when (late is TimeoutException or RecognitionAbandonedException)
        {
            // Not a failure of these documents: the recogniser always answers within limits of its own.
            await over.CancelAsync().ConfigureAwait(false);
            throw new RecogniserBrokenException(
                $"the recogniser did not answer for {documents.Count} documents, and computed nothing, within {askTimeoutKey} {askTimeout}",
                late);
        }
        catch (OperationCanceledException)
        {
            // The run is over: what was asked is called back, whichever of the two is told first.
            await over.CancelAsync().ConfigureAwait(false);
            throw;
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
