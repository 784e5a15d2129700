using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Splitting;

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
