using StreamNer.Host.Terminal;
using StreamNer.Inference.Domain;

namespace StreamNer.Host.Labelling;

/// <summary>Writes the labels of a document's tokens on one line; a document without tokens is an empty line.</summary>
internal sealed class LabelsWriter(TextWriter output) : ILabelWriter
{
    /// <inheritdoc/>
    public void Write(Document document, DocumentOutcome.Labelled labelled)
    {
        for (var i = 0; i < labelled.Tokens.Length; i++)
        {
            if (i > 0)
                output.Write(' ');
            output.Write(VisibleText.Of(labelled.Tokens[i].Label, keepLines: false));
        }

        output.Write('\n');
    }
}
