using StreamNer.Inference.Domain;
using StreamNer.Streams.Reading;

namespace StreamNer.Streams.Recognition;

/// <summary>A batch whose documents are labelled.</summary>
/// <param name="Read">The records and what reading made of them.</param>
/// <param name="Outcomes">One for each of <see cref="ReadBatch.Documents"/>, in order.</param>
internal sealed record RecognisedBatch(ReadBatch Read, IReadOnlyList<DocumentOutcome> Outcomes);
