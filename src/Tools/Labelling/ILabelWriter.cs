using StreamNer.Inference.Domain;

namespace StreamNer.Tools.Labelling;

/// <summary>Writes labelled documents in one of the formats.</summary>
internal interface ILabelWriter
{
    /// <summary>Writes one document, in the order of the input. Buffered.</summary>
    void Write(Document document, DocumentOutcome.Labelled labelled);

    /// <summary>Hands everything written so far to the output.</summary>
    void Flush();
}
