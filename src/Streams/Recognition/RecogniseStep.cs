using Akka;
using Akka.Actor;
using Akka.Streams.Dsl;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Reading;

namespace StreamNer.Streams.Recognition;

/// <summary>Asks the recogniser once for each batch of documents, several batches at a time, and keeps their order.</summary>
internal sealed class RecogniseStep(IActorRef recogniser, PipelineOptions options)
{
    private static readonly IReadOnlyList<DocumentOutcome> None = [];

    /// <summary>Labels each batch. A document that fails is a value; a recogniser that fails ends the stream.</summary>
    public Flow<ReadBatch, RecognisedBatch, NotUsed> Flow() =>
        Akka.Streams.Dsl.Flow.Create<ReadBatch>().SelectAsync(options.MaxBatchesInRecognition, Recognise);

    private Task<RecognisedBatch> Recognise(ReadBatch batch) =>
        batch.Documents.Count == 0 ? Task.FromResult(new RecognisedBatch(batch, None)) : Ask(batch);

    private async Task<RecognisedBatch> Ask(ReadBatch batch)
    {
        RecognitionProtocol.Recognised answer;
        try
        {
            answer = await recogniser
                .Ask<RecognitionProtocol.Recognised>(new RecognitionProtocol.Recognise(batch.Documents), options.AskTimeout)
                .ConfigureAwait(false);
        }
        catch (AskTimeoutException late)
        {
            // Not a failure of these documents: the recogniser always answers within limits of its own.
            throw new RecogniserBrokenException(
                $"the recogniser did not answer for {batch.Documents.Count} documents within {PipelineOptions.Section}:AskTimeout {options.AskTimeout}", late);
        }
        catch (RecognitionStoppedException stopped)
        {
            // Nothing is known of these documents: they are read again, not dead-lettered.
            throw new RecogniserBrokenException(stopped.Message, stopped);
        }

        if (answer.Outcomes.Count != batch.Documents.Count)
            throw new RecogniserBrokenException($"the recogniser gave {answer.Outcomes.Count} outcomes for {batch.Documents.Count} documents");

        return new RecognisedBatch(batch, answer.Outcomes);
    }
}
