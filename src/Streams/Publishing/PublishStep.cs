using Akka;
using Akka.Streams.Dsl;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Publishing;

/// <summary>Produces what answers each record and waits until the broker has it.</summary>
/// <param name="publisher">Where the records go.</param>
/// <param name="composer">Makes them.</param>
/// <param name="telemetry">Counts them.</param>
/// <param name="observer">Shown every batch that the broker has, while it is watched; null when there is nobody who could look.</param>
internal sealed class PublishStep(
    IEventPublisher publisher, RecordComposer composer, StreamsTelemetry telemetry, IPublishedObserver? observer = null)
{
    /// <summary>
    /// Two parts: batches are handed to the client strictly one after the other, which keeps the order of each input partition
    /// even when the client's queue is full; then many wait at the same time, and leave in order.
    /// </summary>
    public Flow<RecordBatch, RecordBatch, NotUsed> Flow() =>
        Akka.Streams.Dsl.Flow.Create<RecordBatch>()
            .SelectAsync(1, EnqueueAsync)
            .SelectAsync(publisher.MaxUnsettledBatches, AwaitAcknowledgementAsync);

    private async Task<Sent> EnqueueAsync(RecordBatch batch)
    {
        batch.Step = PipelineStep.Publishing;
        var (outgoing, places) = Compose(batch);
        var delivery = await publisher.EnqueueAsync(outgoing, batch).ConfigureAwait(false);
        batch.Step = PipelineStep.Acknowledgement;
        return new Sent(batch, places, delivery);
    }

    private async Task<RecordBatch> AwaitAcknowledgementAsync(Sent sent)
    {
        var batch = sent.Batch;
        foreach (var refusal in await sent.Delivery.Acknowledged.ConfigureAwait(false))
        {
            await ResolveAsync(batch, sent.Places is { } places ? refusal with { Index = places[refusal.Index] } : refusal)
                .ConfigureAwait(false);
        }

        await publisher.SettleAsync(batch).ConfigureAwait(false);
        telemetry.BatchPublished(batch);
        batch.Trace?.Finish(batch);
        if (observer is { IsWatched: true })
            observer.Published(batch);
        return batch;
    }

    // Records of assignments that are over are left out: the partition's new owner answers them, and ours would come in between.
    private (ReadOnlyMemory<OutgoingRecord> Outgoing, int[]? Places) Compose(RecordBatch batch)
    {
        var outgoing = new OutgoingRecord[batch.Count];
        int[]? places = null;
        var count = 0;
        var index = 0;
        foreach (var run in batch.Runs)
        {
            if (run.Partition.IsOver)
            {
                places ??= [.. Enumerable.Range(0, batch.Count)];
                index += run.Count;
                continue;
            }

            for (var end = index + run.Count; index < end; index++)
            {
                var answer = Answer(batch, index);
                batch.Results[index].Answer = answer;
                if (places is not null)
                    places[count] = index;
                outgoing[count++] = answer;
            }
        }

        return (outgoing.AsMemory(0, count), places);
    }

    private OutgoingRecord Answer(RecordBatch batch, int index)
    {
        ref readonly var record = ref batch.Records[index];
        ref var result = ref batch.Results[index];
        switch (result.Outcome)
        {
            case null:
                return composer.Tombstone(record, index, batch.Trace);
            case DocumentOutcome.Labelled labelled:
                labelled = composer.Kept(labelled);
                result.Outcome = labelled;
                return composer.Event(record, result.Document!, labelled, index, batch.Trace, result.SchemaId);
            default:
                var letter = composer.DeadLetter(record, result.Failure!);

                // Its headers stay those of the input, so that it can be sent again as it was.
                batch.Trace?.Send(index, letter.Topic, letter.Value?.Length);
                return letter;
        }
    }

    // Rare, so one record after the other. An event that goes out again here comes behind its followers: the one exception to the order.
    private async Task ResolveAsync(RecordBatch batch, Refusal refusal)
    {
        var index = refusal.Index;
        var attempts = 1;
        if (!refusal.Alone)
        {
            // Its neighbours may have been to blame: alone it may pass, event or dead letter.
            attempts++;
            if (await SendAsync(batch, batch.Results[index].Answer!.Value).ConfigureAwait(false) is not { } again)
                return;

            refusal = again;
        }

        if (batch.Results[index].Failure is not { } failed)
        {
            failed = new DocumentOutcome.Failed(FailureStage.Publish, refusal.Code, refusal.Message, attempts);
            batch.Results[index].Outcome = failed;
            if (await SendAnswerAsync(batch, index, composer.DeadLetter(batch.Records[index], failed)).ConfigureAwait(false) is null)
                return;
        }

        var withoutValue = composer.DeadLetterWithoutValue(batch.Records[index], failed);
        if (await SendAnswerAsync(batch, index, withoutValue).ConfigureAwait(false) is null)
            return;

        var ofItsPlace = composer.DeadLetterOfItsPlace(batch.Records[index], failed);
        if (await SendAnswerAsync(batch, index, ofItsPlace).ConfigureAwait(false) is { } refused)
        {
            throw new PublishFailedException(
                $"the dead letter of {batch.Records[index].Place} was refused even without value, key and headers: {refused.Message}");
        }
    }

    private Task<Refusal?> SendAnswerAsync(RecordBatch batch, int index, OutgoingRecord answer)
    {
        batch.Results[index].Answer = answer;
        return SendAsync(batch, answer);
    }

    private async Task<Refusal?> SendAsync(RecordBatch batch, OutgoingRecord record)
    {
        var delivery = await publisher.EnqueueAsync(new[] { record }, batch).ConfigureAwait(false);
        var refusals = await delivery.Acknowledged.ConfigureAwait(false);
        return refusals.Count == 0 ? null : refusals[0];
    }

    /// <param name="Batch">What was sent.</param>
    /// <param name="Places">Which record each outgoing one answers; null when all are answered, in their order.</param>
    /// <param name="Delivery">The wait for the broker.</param>
    private readonly record struct Sent(RecordBatch Batch, int[]? Places, Delivery Delivery);
}
