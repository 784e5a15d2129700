using StreamNer.Inference.Domain;

namespace StreamNer.Tools.Labelling;

/// <summary>
/// Writes the labels of a document's tokens on one line, those of several models with a tab between; a document without tokens is an empty
/// line.
/// </summary>
internal sealed class LabelsWriter(TextWriter output) : ILabelWriter
{
    /// <inheritdoc/>
    public void Flush() => output.Flush();

    /// <inheritdoc/>
    public void Write(Document document, DocumentOutcome.Labelled labelled)
    {
        var views = ModelView.Of(labelled);
        for (var model = 0; model < views.Count; model++)
        {
            if (model > 0)
                output.Write('\t');
            for (var i = 0; i < views[model].Tokens.Count; i++)
            {
                if (i > 0)
                    output.Write(' ');
                output.Write(VisibleText.Of(views[model].Tokens[i].Label, keepLines: false));
            }
        }

        output.Write('\n');
    }
}
