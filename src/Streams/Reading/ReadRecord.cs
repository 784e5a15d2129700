using StreamNer.Inference.Domain;

namespace StreamNer.Streams.Reading;

/// <summary>What reading made of one record: a document, a failure, or neither, which is a tombstone.</summary>
/// <param name="Document">The text to label.</param>
/// <param name="Failure">Why there is none.</param>
internal readonly record struct ReadRecord(Document? Document, DocumentOutcome.Failed? Failure)
{
    /// <summary>A null value: it passes through.</summary>
    public static ReadRecord Tombstone => default;

    /// <summary>A record that cannot be read.</summary>
    public static ReadRecord Refused(FailureCode code, string message) =>
        new(null, new DocumentOutcome.Failed(FailureStage.Read, code, message));
}
