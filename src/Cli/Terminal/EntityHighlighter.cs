using System.Text;
using Spectre.Console;
using StreamNer.Inference.Domain;

namespace StreamNer.Cli.Terminal;

/// <summary>Shows a text with its entities marked: <c>[John Lenon PER] was born in [London LOC]</c>.</summary>
/// <remarks>The brackets and the label carry the meaning; colour only helps the eye, so nothing is lost without it.</remarks>
internal static class EntityHighlighter
{
    private static readonly Color[] Palette =
        [Color.DodgerBlue1, Color.Green3, Color.Orange1, Color.MediumPurple1, Color.Turquoise2, Color.HotPink];

    private static readonly Dictionary<string, Color> Familiar = new(StringComparer.Ordinal)
    {
        ["PER"] = Color.DodgerBlue1,
        ["LOC"] = Color.Green3,
        ["ORG"] = Color.Orange1,
        ["MISC"] = Color.MediumPurple1,
    };

    /// <summary>Marks the entities for a terminal, in colour.</summary>
    /// <param name="text">The original text; control characters in it are made visible.</param>
    /// <param name="entities">In order of their start; of overlapping ones the first is marked.</param>
    public static Paragraph Coloured(string text, IReadOnlyList<Entity> entities)
    {
        var paragraph = new Paragraph { Overflow = Overflow.Fold };
        Mark(text, entities, (part, label) => _ = label is null ? paragraph.Append(part) : paragraph.Append(part, StyleOf(label)));
        return paragraph;
    }

    /// <summary>Marks the entities for anything that is no terminal, on one line.</summary>
    public static string Plain(string text, IReadOnlyList<Entity> entities)
    {
        var plain = new StringBuilder(text.Length + (entities.Count * 8));
        Mark(text, entities, (part, _) => plain.Append(part));
        return plain.Replace('\n', ' ').ToString();
    }

    /// <summary>The colour of a label: the same one each time, whatever else stands in the text.</summary>
    public static Style StyleOf(string label) =>
        new(Familiar.TryGetValue(label, out var colour) ? colour : Palette[Bucket(label)], decoration: Decoration.Bold);

    private static int Bucket(string label)
    {
        // string.GetHashCode differs from run to run; a label should not change its colour.
        var hash = 0u;
        foreach (var c in label)
            hash = (hash * 31) + c;
        return (int)(hash % (uint)Palette.Length);
    }

    private static void Mark(string text, IReadOnlyList<Entity> entities, Action<string, string?> append)
    {
        var visible = VisibleText.Of(text);
        var at = 0;
        foreach (var entity in entities)
        {
            if (entity.Span.Start < at)
                continue;
            if (entity.Span.Start > at)
                append(visible[at..entity.Span.Start], null);
            append($"[{visible[entity.Span.Start..entity.Span.End]} {VisibleText.Of(entity.Label)}]", entity.Label);
            at = entity.Span.End;
        }

        if (at < visible.Length)
            append(visible[at..], null);
    }
}
