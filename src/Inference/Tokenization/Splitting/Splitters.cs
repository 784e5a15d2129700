using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Splitting;

/// <summary>One step that cuts a normalized text into words. Immutable, any thread.</summary>
internal interface ISplitter
{
    /// <summary>Splits each range further; added tokens go through as they are.</summary>
    /// <param name="text">May be rewritten; <paramref name="to"/> then refers to the new text.</param>
    /// <param name="from">Ranges of the text, in order.</param>
    /// <param name="to">Empty; receives the new ranges.</param>
    void Split(AlignedText text, WordRanges from, WordRanges to);
}

/// <summary>Cuts at white space, and around every punctuation mark.</summary>
internal sealed class BertSplitter : ISplitter
{
    /// <inheritdoc/>
    public void Split(AlignedText text, WordRanges from, WordRanges to)
    {
        var chars = text.Chars;
        foreach (var range in from.All)
        {
            if (range.IsToken)
            {
                to.Add(range);
                continue;
            }

            var start = range.From;
            for (int i = range.From, length; i < range.To; i += length)
            {
                var traits = CodePoints.Of(CodePoints.At(chars, i, out length));
                if ((traits & (CodePointTraits.Blank | CodePointTraits.Punctuation)) == 0)
                    continue;
                to.Add(start, i);
                if ((traits & CodePointTraits.Blank) == 0)
                    to.Add(i, i + length);
                start = i + length;
            }

            to.Add(start, range.To);
        }
    }
}

/// <summary>Cuts at white space, which belongs to no word.</summary>
internal sealed class WhitespaceSplitter : ISplitter
{
    /// <inheritdoc/>
    public void Split(AlignedText text, WordRanges from, WordRanges to)
    {
        var chars = text.Chars;
        foreach (var range in from.All)
        {
            if (range.IsToken)
            {
                to.Add(range);
                continue;
            }

            var start = range.From;
            for (var i = range.From; i < range.To; i++)
            {
                if (!chars[i].IsBlank())
                    continue;
                to.Add(start, i);
                start = i + 1;
            }

            to.Add(start, range.To);
        }
    }
}
