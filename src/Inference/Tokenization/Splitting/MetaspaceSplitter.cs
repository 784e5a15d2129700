using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Splitting;

/// <summary>Writes a sign for each blank, usually U+2581, puts one in front, and begins a word at each.</summary>
internal sealed class MetaspaceSplitter(char sign, PrependScheme scheme, bool split) : ISplitter
{
    /// <summary>The sign that vocabularies have for a blank.</summary>
    public const char UsualSign = '\u2581';

    /// <inheritdoc/>
    public void Split(AlignedText text, WordRanges from, WordRanges to)
    {
        var chars = text.Chars;
        var starts = text.Starts;
        var ends = text.Ends;
        foreach (var range in from.All)
        {
            var begin = text.PutLength;
            if (range.IsToken)
            {
                text.Keep(range.From, range.To);
                to.Add(range with { From = begin, To = text.PutLength });
                continue;
            }

            if (chars[range.From] != sign && chars[range.From] != ' ' && Prepends(starts[range.From]))
                text.Put(sign, starts[range.From], ends[range.From]);
            for (var i = range.From; i < range.To; i++)
            {
                var unit = chars[i] == ' ' ? sign : chars[i];
                if (split && unit == sign && text.PutLength > begin)
                {
                    to.Add(begin, text.PutLength);
                    begin = text.PutLength;
                }

                text.Put(unit, starts[i], ends[i]);
            }

            to.Add(begin, text.PutLength);
        }

        text.Commit();
    }

    private bool Prepends(int start) => scheme == PrependScheme.Always || (scheme == PrependScheme.First && start == 0);
}

/// <summary>Where <see cref="MetaspaceSplitter"/> puts a sign in front.</summary>
internal enum PrependScheme
{
    /// <summary>Nowhere.</summary>
    Never,

    /// <summary>In front of what begins the text.</summary>
    First,

    /// <summary>In front of every part.</summary>
    Always,
}
