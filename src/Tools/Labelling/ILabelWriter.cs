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

/// <summary>How <c>streamner label</c> writes its results.</summary>
internal enum LabelFormat
{
    /// <summary>The text with its entities marked, for a person.</summary>
    Pretty,

    /// <summary>The body of the output event, one line a document.</summary>
    Json,

    /// <summary>
    /// One line a token: token, tab, label, with a column for each model and one for the rules; a blank line after each document.
    /// </summary>
    Conll,

    /// <summary>One line a document: the labels of its tokens, separated by blanks; a tab between models.</summary>
    Labels,
}
