using StreamNer.Inference.Domain;

namespace StreamNer.Actors.Recognition;

/// <summary>One document between tokenizing and decoding. Belongs to the recognition actor alone.</summary>
internal sealed class DocumentInFlight(RecognitionJob job, int index, int windows)
{
    public RecognitionJob Job { get; } = job;

    /// <summary>Index of the document in its question.</summary>
    public int Index { get; } = index;

    /// <summary>Windows that no lane has finished.</summary>
    public int OpenWindows { get; set; } = windows;

    /// <summary>Set when one of its windows failed for good; the others are then only waited for.</summary>
    public DocumentOutcome.Failed? Failure { get; set; }
}
