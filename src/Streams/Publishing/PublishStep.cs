using Akka;
using Akka.Streams.Dsl;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Recognition;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Publishing;

/// <summary>Produces what answers each record and waits until the broker has it.</summary>
/// <param name="publisher">Where the records go.</param>
/// <param name="composer">Makes them.</param>
/// <param name="telemetry">Counts them.</param>
/// <param name="observer">Shown every batch that the broker has, while it is watched; null when there is nobody who could look.</param>
internal sealed class PublishStep(IEventPublisher publisher, RecordComposer composer, StreamsTelemetry telemetry, IPublishedObserver? observer = null)
{
    /// <summary>Batches that wait for their acknowledgement, at most: several of the client's linger times' worth.</summary>
    private const int BatchesAwaitingAcknowledgement = 64;

    /// <summary>
    /// Two parts: batches are handed to the client strictly one after the other, which keeps the order of each input partition
    /// even when the client's queue is full; then many wait at the same time, and leave in order.
    /// </summary>
    public Flow<RecognisedBatch, RecordBatch, NotUsed> Flow() =>
        Akka.Streams.Dsl.Flow.Create<RecognisedBatch>()
            .SelectAsync(1, Enqueue)
            .SelectAsync(BatchesAwaitingAcknowledgement, AwaitAcknowledgement);

    private async Task<PublishedBatch> Enqueue(RecognisedBatch recognised)
    {
        var published = Compose(recognised);
        var delivery = await publisher.EnqueueAsync(published.Outgoing).ConfigureAwait(false);
        return published with { Delivery = delivery };
    }

    private async Task<RecordBatch> AwaitAcknowledgement(PublishedBatch published)
    {
        foreach (var refusal in await published.Delivery.Acknowledged.ConfigureAwait(false))
            await Resolve(published, refusal).ConfigureAwait(false);

        telemetry.BatchPublished(published);
        published.Recognised.Read.Trace?.Finish(published.Failures);
        if (observer is { IsWatched: true })
            observer.Published(published);
        return published.Recognised.Read.Batch;
    }

    private PublishedBatch Compose(RecognisedBatch recognised)
    {
        var (batch, read, _) = recognised.Read;
        var trace = recognised.Read.Trace;
        var outgoing = new OutgoingRecord[batch.Count];
        var failures = new DocumentOutcome.Failed?[batch.Count];
        var next = 0;
        for (var i = 0; i < outgoing.Length; i++)
        {
            ref readonly var record = ref batch.Records[i];
            var outcome = read[i].Document is null ? read[i].Failure : recognised.Outcomes[next++];
            if (outcome is null)
            {
                outgoing[i] = composer.Tombstone(record, i, trace);
            }
            else if (outcome is DocumentOutcome.Labelled labelled)
            {
                outgoing[i] = composer.Event(record, read[i].Document!, labelled, i, trace);
            }
            else
            {
                failures[i] = (DocumentOutcome.Failed)outcome;
                outgoing[i] = composer.DeadLetter(record, failures[i]!);

                // Its headers stay those of the input, so that it can be sent again as it was.
                trace?.Send(i, outgoing[i].Topic, outgoing[i].Value?.Length);
            }
        }

        return new PublishedBatch(recognised, outgoing, failures, default);
    }

    // Rare, so one record after the other. An event that goes out again here comes behind its followers: the one exception to the order.
    private async Task Resolve(PublishedBatch published, Refusal refusal)
    {
        var index = refusal.Index;
        var failed = published.Failures[index];
        if (failed is null)
        {
            var attempts = 1;
            if (!refusal.Alone)
            {
                attempts++;
                var again = await Send(published.Outgoing[index]).ConfigureAwait(false);
                if (again is null)
                    return;
                refusal = again.Value;
            }

            failed = new DocumentOutcome.Failed(FailureStage.Publish, refusal.Code, refusal.Message, attempts);
            published.Failures[index] = failed;
            if (await Send(composer.DeadLetter(published.Record(index), failed)).ConfigureAwait(false) is null)
                return;
        }

        if (await Send(composer.DeadLetterWithoutValue(published.Record(index), failed)).ConfigureAwait(false) is { } refused)
        {
            var record = published.Record(index);
            throw new PublishFailedException(
                $"the dead letter of {record.Place} was refused even without its value: {refused.Message}");
        }
    }

    private async Task<Refusal?> Send(OutgoingRecord record)
    {
        var delivery = await publisher.EnqueueAsync(new[] { record }).ConfigureAwait(false);
        var refusals = await delivery.Acknowledged.ConfigureAwait(false);
        return refusals.Count == 0 ? null : refusals[0];
    }
}
