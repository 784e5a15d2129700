using StreamNer.Host.Terminal;
using StreamNer.Inference.Domain;

namespace StreamNer.Host.Labelling;

/// <summary>Writes CoNLL columns: token, tab, label, and a blank line after each document.</summary>
internal sealed class ConllWriter(TextWriter output) : ILabelWriter
{
    /// <inheritdoc/>
    public void Write(Document document, DocumentOutcome.Labelled labelled)
    {
        foreach (var token in labelled.Tokens)
        {
            // A tab or line break inside a token would shift the columns for every reader.
            output.Write(VisibleText.Of(token.Span.In(document.Text).ToString(), keepLines: false));
            output.Write('\t');
            output.Write(VisibleText.Of(token.Label, keepLines: false));
            output.Write('\n');
        }

        output.Write('\n');
    }
}
