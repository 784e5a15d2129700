using StreamNer.Inference.Tokenization.Characters;
using StreamNer.Inference.Tokenization.Expressions;

namespace StreamNer.Inference.Tokenization.Normalizing;

/// <summary>Replaces every occurrence of a text, or every run of it; the replacement stands for the last character replaced.</summary>
/// <param name="pattern">What to look for; not empty.</param>
/// <param name="leastRepeats">0 replaces each occurrence on its own; n replaces runs of n or more occurrences as one.</param>
/// <param name="content">What takes its place.</param>
internal sealed class ReplaceNormalizer(string pattern, int leastRepeats, string content) : INormalizer
{
    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        var chars = text.Chars;
        if (chars.IndexOf(pattern) < 0)
            return;
        var done = 0;
        while (chars[done..].IndexOf(pattern) is var skipped and >= 0)
        {
            var start = done + skipped;
            var end = start + pattern.Length;
            var repeats = 1;
            while (leastRepeats > 0 && chars[end..].StartsWith(pattern))
                (end, repeats) = (end + pattern.Length, repeats + 1);
            if (repeats < leastRepeats)
            {
                text.Keep(done, end);
            }
            else
            {
                text.Keep(done, start);
                text.Put(content, text.Starts[end - 1], text.Ends[end - 1]);
            }

            done = end;
        }

        text.Keep(done, chars.Length);
        text.Commit();
    }
}

/// <summary>Replaces whatever a regular expression finds; the replacement stands for the last character replaced.</summary>
/// <param name="expression">What to look for.</param>
/// <param name="content">What takes its place.</param>
internal sealed class ExpressionReplaceNormalizer(Expression expression, string content) : INormalizer
{
    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        if (text.Length == 0)
            return;
        expression.Cut(text.Chars, text.Scratch);
        foreach (var part in text.Scratch.Parts)
        {
            if (!part.IsMatch)
                text.Keep(part.From, part.To);
            else if (part.To == 0)
                text.Put(content, text.Origin, text.Origin);
            else
                text.Put(content, text.Starts[part.To - 1], text.Ends[part.To - 1]);
        }

        text.Commit();
    }
}
