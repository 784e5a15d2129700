using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Splitting;

/// <summary>Cuts around every punctuation mark.</summary>
internal sealed class PunctuationSplitter : ISplitter
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
                if (!CodePoints.Has(CodePoints.At(chars, i, out length), CodePointTraits.Punctuation))
                    continue;
                to.Add(start, i);
                to.Add(i, i + length);
                start = i + length;
            }

            to.Add(start, range.To);
        }
    }
}
