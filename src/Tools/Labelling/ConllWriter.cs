using StreamNer.Inference.Domain;

namespace StreamNer.Tools.Labelling;

/// <summary>
/// Writes CoNLL columns: token, a label for each model, one for the rules where there are any; a blank line after each document.
/// </summary>
/// <remarks>
/// Models may cut words differently: a line is then the largest part of the text that no model cuts. A token of several lines begins with
/// its label and goes on with <c>I-</c> for <c>B-</c>; where a model has no token, its column holds <c>_</c>.
/// </remarks>
/// <param name="output">Where to.</param>
/// <param name="rules">Whether there is a column for the rules.</param>
internal sealed class ConllWriter(TextWriter output, bool rules) : ILabelWriter
{
    private const string NoToken = "_";
    private const string Outside = "O";

    /// <inheritdoc/>
    public void Flush() => output.Flush();

    /// <inheritdoc/>
    public void Write(Document document, DocumentOutcome.Labelled labelled)
    {
        var views = ModelView.Of(labelled);
        var labels = new string[views.Count + (rules ? 1 : 0)];
        var matches = new Matches(rules ? [.. labelled.Entities.Where(entity => entity.Source is { IsRule: true })] : []);
        var next = new int[views.Count];
        var at = 0;
        while (NextPart(views, next, at) is { } part)
        {
            for (var model = 0; model < views.Count; model++)
                labels[model] = LabelOf(views[model], next[model], part);
            if (rules)
                labels[^1] = matches.LabelOf(part);
            WriteLine(document, part, labels);
            at = part.End;
        }

        output.Write('\n');
    }

    /// <summary>The next part of the text that some model's token covers, up to where any model cuts.</summary>
    private static TextSpan? NextPart(IReadOnlyList<ModelView> views, int[] next, int at)
    {
        var (start, end) = (int.MaxValue, int.MaxValue);
        for (var model = 0; model < next.Length; model++)
        {
            var tokens = views[model].Tokens;
            while (next[model] < tokens.Count && tokens[next[model]].Span.End <= at)
                next[model]++;
            if (next[model] < tokens.Count)
                start = Math.Min(start, Math.Max(at, tokens[next[model]].Span.Start));
        }

        for (var model = 0; model < next.Length; model++)
        {
            var tokens = views[model].Tokens;
            if (next[model] == tokens.Count)
                continue;
            var span = tokens[next[model]].Span;
            end = Math.Min(end, span.Start > start ? span.Start : span.End);
        }

        return start == int.MaxValue ? null : new TextSpan(start, end);
    }

    private static string LabelOf(ModelView view, int next, TextSpan part)
    {
        if (next == view.Tokens.Count || view.Tokens[next].Span.Start > part.Start)
            return NoToken;

        var (span, label, _) = view.Tokens[next];
        return span.Start < part.Start && label.StartsWith("B-", StringComparison.Ordinal) ? $"I-{label[2..]}" : label;
    }

    private void WriteLine(Document document, TextSpan token, string[] labels)
    {
        // A tab or line break inside a token would shift the columns for every reader.
        output.Write(VisibleText.Of(token.In(document.Text).ToString(), keepLines: false));
        foreach (var label in labels)
        {
            output.Write('\t');
            output.Write(VisibleText.Of(label, keepLines: false));
        }

        output.Write('\n');
    }

    /// <summary>The rules' matches, asked for parts of the text in order.</summary>
    private sealed class Matches(Entity[] entities)
    {
        private int _next;

        public string LabelOf(TextSpan part)
        {
            while (_next < entities.Length && entities[_next].Span.End <= part.Start)
                _next++;
            if (_next == entities.Length || entities[_next].Span.Start >= part.End)
                return Outside;
            return $"{(entities[_next].Span.Start >= part.Start ? "B" : "I")}-{entities[_next].Label}";
        }
    }
}
