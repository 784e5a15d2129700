using StreamNer.Inference.Tokenization.Characters;
using StreamNer.Inference.Tokenization.Expressions;

namespace StreamNer.Inference.Tokenization.Splitting;

/// <summary>What becomes of the delimiters that a text is split at.</summary>
internal enum DelimiterBehavior
{
    /// <summary>They belong to no word.</summary>
    Removed,

    /// <summary>Each is a word of its own.</summary>
    Isolated,

    /// <summary>Each is the end of what stands before it.</summary>
    MergedWithPrevious,

    /// <summary>Each is the beginning of what stands behind it.</summary>
    MergedWithNext,

    /// <summary>Neighbours are one word.</summary>
    Contiguous,
}

/// <summary>Cuts a text at delimiters.</summary>
/// <param name="behavior">What becomes of them.</param>
/// <param name="invert">What lies between the delimiters counts as one, and they as text.</param>
internal abstract class DelimiterSplitter(DelimiterBehavior behavior, bool invert = false) : ISplitter
{
    /// <inheritdoc/>
    public void Split(AlignedText text, WordRanges from, WordRanges to)
    {
        var scratch = text.Scratch;
        foreach (var range in from.All)
        {
            if (range.IsToken)
            {
                to.Add(range);
                continue;
            }

            FindDelimiters(text.Chars[range.From..range.To], scratch);
            Add(scratch.Parts, range.From, to);
        }
    }

    /// <summary>Cuts a text, which isn't empty, into delimiters and what lies between them.</summary>
    protected abstract void FindDelimiters(ReadOnlySpan<char> text, MatchScratch scratch);

    private void Add(ReadOnlySpan<MatchScratch.Part> parts, int offset, WordRanges to)
    {
        switch (behavior)
        {
            case DelimiterBehavior.Removed:
                foreach (var part in parts)
                {
                    if (part.IsMatch == invert)
                        to.Add(offset + part.From, offset + part.To);
                }

                break;
            case DelimiterBehavior.Isolated:
                foreach (var part in parts)
                    to.Add(offset + part.From, offset + part.To);
                break;
            default:
                AddMerged(parts, offset, to);
                break;
        }
    }

    private void AddMerged(ReadOnlySpan<MatchScratch.Part> parts, int offset, WordRanges to)
    {
        for (var i = 0; i < parts.Length;)
        {
            var first = i++;
            while (i < parts.Length && Joins(parts, i))
                i++;
            to.Add(offset + parts[first].From, offset + parts[i - 1].To);
        }
    }

    /// <summary>True when a part is one word with the part before it.</summary>
    private bool Joins(ReadOnlySpan<MatchScratch.Part> parts, int index)
    {
        var (before, now) = (parts[index - 1].IsMatch != invert, parts[index].IsMatch != invert);
        return behavior switch
        {
            DelimiterBehavior.Contiguous => before == now,
            DelimiterBehavior.MergedWithPrevious => now && !before,
            _ => before && !now,
        };
    }
}

/// <summary>Cuts at what a regular expression finds.</summary>
internal sealed class ExpressionSplitter(Expression expression, DelimiterBehavior behavior, bool invert)
    : DelimiterSplitter(behavior, invert)
{
    /// <inheritdoc/>
    protected override void FindDelimiters(ReadOnlySpan<char> text, MatchScratch scratch) => expression.Cut(text, scratch);
}

/// <summary>Cuts at every punctuation mark.</summary>
internal sealed class PunctuationSplitter(DelimiterBehavior behavior) : DelimiterSplitter(behavior)
{
    /// <inheritdoc/>
    protected override void FindDelimiters(ReadOnlySpan<char> text, MatchScratch scratch) =>
        scratch.CutAtEach(text, codePoint => CodePoints.Has(codePoint, CodePointTraits.Punctuation));
}

/// <summary>Cuts at numbers of any kind.</summary>
/// <param name="each">Every digit is a word of its own, not every run of them.</param>
internal sealed class DigitSplitter(bool each) : DelimiterSplitter(each ? DelimiterBehavior.Isolated : DelimiterBehavior.Contiguous)
{
    /// <inheritdoc/>
    protected override void FindDelimiters(ReadOnlySpan<char> text, MatchScratch scratch) =>
        scratch.CutAtEach(text, codePoint => (CodePoints.ClassesOf(codePoint) & CodePointClasses.Numeric) != 0);
}

/// <summary>Cuts into runs of word characters and runs of what is neither that nor white space (<c>\w+|[^\w\s]+</c>).</summary>
internal sealed class WordCharacterSplitter() : DelimiterSplitter(DelimiterBehavior.Removed, invert: true)
{
    private const CodePointTraits Kinds = CodePointTraits.Word | CodePointTraits.Blank;

    /// <inheritdoc/>
    protected override void FindDelimiters(ReadOnlySpan<char> text, MatchScratch scratch)
    {
        scratch.ClearParts();
        for (var from = 0; from < text.Length;)
        {
            var kind = CodePoints.Of(CodePoints.At(text, from, out var length)) & Kinds;
            var to = from + length;
            while (to < text.Length && (CodePoints.Of(CodePoints.At(text, to, out length)) & Kinds) == kind)
                to += length;
            scratch.Add(from, to, isMatch: kind != CodePointTraits.Blank);
            from = to;
        }
    }
}
