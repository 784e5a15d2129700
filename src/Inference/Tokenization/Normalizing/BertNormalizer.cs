using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Normalizing;

/// <summary>BERT's clean-up in one pass: controls removed, ideographs set apart, accents stripped, lower case.</summary>
internal sealed class BertNormalizer : INormalizer
{
    private const char Gone = '\uFFFF';

    private readonly bool _cleanText;
    private readonly bool _splitIdeographs;
    private readonly CodePointMap? _map;
    private readonly char[] _ascii = new char[128];

    /// <param name="cleanText">Remove controls and turn all white space into blanks.</param>
    /// <param name="splitIdeographs">Put a blank on both sides of a CJK ideograph.</param>
    /// <param name="stripAccents">Decompose and drop the marks.</param>
    /// <param name="lowerCase">Turn into lower case.</param>
    public BertNormalizer(bool cleanText, bool splitIdeographs, bool stripAccents, bool lowerCase)
    {
        _cleanText = cleanText;
        _splitIdeographs = splitIdeographs;
        _map = (stripAccents, lowerCase) switch
        {
            (true, true) => Stripped.Lowered,
            (true, false) => Stripped.Plain,
            (false, true) => CodePoints.Lower,
            _ => null,
        };
        for (var c = '\0'; c < _ascii.Length; c++)
            _ascii[c] = Clean(c) is var clean && clean != Gone && lowerCase ? char.ToLowerInvariant(clean) : clean;
    }

    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        var chars = text.Chars;
        var starts = text.Starts;
        var ends = text.Ends;
        for (int i = 0, length; i < chars.Length; i += length)
        {
            length = 1;
            if (chars[i] < _ascii.Length)
            {
                var c = _ascii[chars[i]];
                if (c != Gone)
                    text.Put(c, starts[i], ends[i]);
                continue;
            }

            var codePoint = CodePoints.At(chars, i, out length);
            var traits = CodePoints.Of(codePoint);
            if (_cleanText && (traits & (CodePointTraits.Removed | CodePointTraits.CleanedToBlank)) != 0)
            {
                if ((traits & CodePointTraits.Removed) == 0)
                    text.Put(' ', starts[i], ends[i]);
                continue;
            }

            var apart = _splitIdeographs && (traits & CodePointTraits.Ideograph) != 0;
            if (apart)
                text.Put(' ', starts[i], ends[i]);
            if (_map?[codePoint] is { } mapped)
                text.Put(mapped, starts[i], ends[i]);
            else
                text.Put(chars.Slice(i, length), starts[i], ends[i]);
            if (apart)
                text.Put(' ', starts[i], ends[i]);
        }

        text.Commit();
    }

    private char Clean(char c)
    {
        var traits = CodePoints.Of(c);
        if (!_cleanText)
            return c;
        return (traits & CodePointTraits.Removed) != 0 ? Gone : (traits & CodePointTraits.CleanedToBlank) != 0 ? ' ' : c;
    }

    // Decomposed code point by code point, without putting marks into canonical order: the marks that would move are dropped here.
    private static class Stripped
    {
        public static readonly CodePointMap Plain = Build(text => text);
        public static readonly CodePointMap Lowered = Build(CodePoints.Lower.Apply);

        private static CodePointMap Build(Func<string, string> then)
        {
            Dictionary<int, string> entries = [];
            for (var codePoint = 0; codePoint <= 0x10FFFF; codePoint++)
            {
                if (codePoint is >= 0xD800 and <= 0xDFFF)
                    continue;
                var plain = char.ConvertFromUtf32(codePoint);
                var result = then(WithoutMarks(CodePoints.Decomposed[codePoint] ?? plain));
                if (result != plain)
                    entries[codePoint] = result;
            }

            return new CodePointMap(entries);
        }

        private static string WithoutMarks(string text) =>
            string.Concat(text.EnumerateRunes().Where(rune => !CodePoints.Has(rune.Value, CodePointTraits.NonSpacing)));
    }
}
