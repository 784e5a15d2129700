using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;
using StreamNer.Tools.Labelling;

namespace StreamNer.Cli.Labelling;

/// <summary>
/// Writes the body of the output event, one line a document; <c>source</c> is left out, the document's id names file and line.
/// </summary>
internal sealed class JsonWriter(Stream output, ModelIdentity model, bool tokens, OffsetUnit unit = OffsetUnit.Utf16)
    : ILabelWriter, IDisposable
{
    private readonly EntityEventWriter _events = new(tokens, unit);

    /// <inheritdoc/>
    public void Flush() => output.Flush();

    /// <inheritdoc/>
    public void Write(Document document, DocumentOutcome.Labelled labelled)
    {
        output.Write(_events.Write(new EntityEvent(document.Id, Origin: null, model, document.Text, labelled)));
        output.WriteByte((byte)'\n');
    }

    /// <inheritdoc/>
    public void Dispose() => _events.Dispose();
}
