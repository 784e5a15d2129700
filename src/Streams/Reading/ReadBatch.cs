using StreamNer.Inference.Domain;
using StreamNer.Streams.Tracing;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Reading;

/// <summary>A batch whose values are read.</summary>
/// <param name="Batch">The records; their offsets travel with them.</param>
/// <param name="Read">One for each record, in order.</param>
/// <param name="Documents">The documents among them, in order: the question for the recogniser.</param>
internal sealed record ReadBatch(RecordBatch Batch, ReadRecord[] Read, IReadOnlyList<Document> Documents)
{
    /// <summary>The spans of its traced records; null when none is traced.</summary>
    public BatchTrace? Trace { get; init; }
}
