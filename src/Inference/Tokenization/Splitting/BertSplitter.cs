using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Splitting;

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
