using Spectre.Console;
using StreamNer.Cli.Terminal;
using StreamNer.Inference.Domain;
using StreamNer.Tools.Labelling;

namespace StreamNer.Cli.Labelling;

/// <summary>Writes the text with its entities marked: coloured and wrapped on a terminal, one plain line a document elsewhere.</summary>
/// <remarks>
/// Of several models each has a line of its own that begins with its name, since their entities may overlap; matches of rules then have one
/// too. Of a tagger every token is marked.
/// </remarks>
internal sealed class PrettyWriter(CommandTerminal terminal) : ILabelWriter
{
    private const string RulesName = "rules";

    /// <inheritdoc/>
    public void Flush() => terminal.Flush();

    /// <inheritdoc/>
    public void Write(Document document, DocumentOutcome.Labelled labelled)
    {
        var lines = Lines(labelled).ToArray();
        var width = lines.Max(line => line.Name.Length);
        foreach (var (name, marks) in lines)
        {
            var before = name.Length == 0 ? "" : VisibleText.Of(name.PadRight(width + 2), keepLines: false);
            if (terminal.OutputIsTerminal)
            {
                terminal.OutputConsole.Write(new Text(before, new Style(decoration: Decoration.Dim)));
                terminal.OutputConsole.Write(EntityHighlighter.Coloured(document.Text, marks));
                terminal.OutputConsole.WriteLine();
            }
            else
            {
                terminal.Output.Write(before);
                terminal.Output.Write(EntityHighlighter.Plain(document.Text, marks));
                terminal.Output.Write('\n');
            }
        }

        // Long documents wrap: the blank line shows where the next one begins.
        if (terminal.OutputIsTerminal)
            terminal.OutputConsole.WriteLine();
    }

    private static IEnumerable<(string Name, IReadOnlyList<Entity> Marks)> Lines(DocumentOutcome.Labelled labelled)
    {
        if (labelled.Models.IsEmpty)
        {
            // Nothing overlaps here: what the rules and one model say stands on one line, unless the model marks every word.
            var matches = labelled.Entities.Where(entity => entity.Source is { IsRule: true }).ToArray();
            if (!labelled.IsTagger)
                yield return ("", labelled.Entities);
            else
                yield return ("", Marks(labelled.Tokens));
            if (labelled.IsTagger && matches.Length > 0)
                yield return (RulesName, matches);
            yield break;
        }

        foreach (var view in ModelView.Of(labelled))
        {
            yield return (view.Model, view.IsTagger ? Marks(view.Tokens)
                : [.. labelled.Entities.Where(entity => entity.Source?.Model == view.Model)]);
        }

        var rules = labelled.Entities.Where(entity => entity.Source is { IsRule: true }).ToArray();
        if (rules.Length > 0)
            yield return (RulesName, rules);
    }

    private static IReadOnlyList<Entity> Marks(IEnumerable<LabelledToken> tokens) =>
        [.. tokens.Select(token => new Entity(token.Span, token.Label, token.Score))];
}
