using StreamNer.Inference.Domain;
using StreamNer.Streams.Recognition;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Publishing;

/// <summary>A batch whose answers are with the Kafka client.</summary>
/// <param name="Recognised">What it answers.</param>
/// <param name="Outgoing">One record for each input record, in order.</param>
/// <param name="Failures">Why an input record became a dead letter; null for those that did not.</param>
/// <param name="Delivery">The wait for the broker.</param>
internal sealed record PublishedBatch(
    RecognisedBatch Recognised,
    OutgoingRecord[] Outgoing,
    DocumentOutcome.Failed?[] Failures,
    Delivery Delivery)
{
    /// <summary>The input record at a place.</summary>
    public KafkaRecord Record(int index) => Recognised.Read.Batch.Records[index];
}
