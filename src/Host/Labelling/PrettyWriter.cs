using Spectre.Console;
using StreamNer.Host.Terminal;
using StreamNer.Inference.Domain;

namespace StreamNer.Host.Labelling;

/// <summary>Writes the text with its entities marked: coloured and wrapped on a terminal, one plain line a document elsewhere.</summary>
internal sealed class PrettyWriter(CommandTerminal terminal) : ILabelWriter
{
    /// <inheritdoc/>
    public void Write(Document document, DocumentOutcome.Labelled labelled)
    {
        if (!terminal.OutputIsTerminal)
        {
            terminal.Output.Write(EntityHighlighter.Plain(document.Text, labelled.Entities));
            terminal.Output.Write('\n');
            return;
        }

        terminal.OutputConsole.Write(EntityHighlighter.Coloured(document.Text, labelled.Entities));
        terminal.OutputConsole.WriteLine();

        // Long documents wrap: the blank line shows where the next one begins.
        terminal.OutputConsole.WriteLine();
    }
}
