using System.Text;
using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Normalizing;

/// <summary>BERT's clean-up in one pass: controls removed, ideographs set apart, accents stripped, lower case.</summary>
internal sealed class BertNormalizer : INormalizer
{
    private const char Gone = '\uFFFF';

    private const char FirstMark = '\u0300';

    // The way that is right for every text, step by step, for the few that hold marks which stripping keeps and canonical order may move.
    private static readonly INormalizer[] Exact =
        [UnicodeNormalizer.Nfd, new StripAccentsNormalizer(CodePointTraits.NonSpacing)];
    private static readonly LowercaseNormalizer Lowercase = new();

    private readonly bool _cleanText;
    private readonly bool _splitIdeographs;
    private readonly bool _stripAccents;
    private readonly bool _lowerCase;
    private readonly CodePointMap? _map;
    private readonly char[] _cleanAscii = new char[128];
    private readonly char[] _ascii = new char[128];

    /// <param name="cleanText">Remove controls and turn all white space into blanks.</param>
    /// <param name="splitIdeographs">Put a blank on both sides of a CJK ideograph.</param>
    /// <param name="stripAccents">Decompose and drop the marks.</param>
    /// <param name="lowerCase">Turn into lower case.</param>
    public BertNormalizer(bool cleanText, bool splitIdeographs, bool stripAccents, bool lowerCase)
    {
        _cleanText = cleanText;
        _splitIdeographs = splitIdeographs;
        _stripAccents = stripAccents;
        _lowerCase = lowerCase;
        _map = (stripAccents, lowerCase) switch
        {
            (true, true) => Stripped.Lowered,
            (true, false) => Stripped.Plain,
            (false, true) => CodePoints.Lower,
            _ => null,
        };
        for (var c = '\0'; c < _ascii.Length; c++)
        {
            _cleanAscii[c] = Clean(c);
            _ascii[c] = lowerCase && _cleanAscii[c] != Gone ? char.ToLowerInvariant(_cleanAscii[c]) : _cleanAscii[c];
        }
    }

    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        if (!_stripAccents || !HasKeptMark(text.Chars))
        {
            Rewrite(text, _map);
            return;
        }

        Rewrite(text, map: null);
        foreach (var step in Exact)
            step.Normalize(text);
        if (_lowerCase)
            Lowercase.Normalize(text);
    }

    /// <summary>Cleans, sets apart and maps in one pass.</summary>
    private void Rewrite(AlignedText text, CodePointMap? map)
    {
        var ascii = map is null ? _cleanAscii : _ascii;
        var chars = text.Chars;
        var starts = text.Starts;
        var ends = text.Ends;
        for (int i = 0, length; i < chars.Length; i += length)
        {
            length = 1;
            if (chars[i] < ascii.Length)
            {
                var c = ascii[chars[i]];
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
            if (map?[codePoint] is { } mapped)
                text.Put(mapped, starts[i], ends[i]);
            else
                text.Put(chars.Slice(i, length), starts[i], ends[i]);
            if (apart)
                text.Put(' ', starts[i], ends[i]);
        }

        text.Commit();
    }

    private static bool HasKeptMark(ReadOnlySpan<char> chars)
    {
        for (int i = 0, length; i < chars.Length; i += length)
        {
            length = 1;
            if (chars[i] >= FirstMark && Stripped.KeptMarks[CodePoints.At(chars, i, out length)] is not null)
                return true;
        }

        return false;
    }

    private char Clean(char c)
    {
        var traits = CodePoints.Of(c);
        if (!_cleanText)
            return c;
        return (traits & CodePointTraits.Removed) != 0 ? Gone : (traits & CodePointTraits.CleanedToBlank) != 0 ? ' ' : c;
    }

    /// <summary>Every code point decomposed and stripped on its own, which is right as long as no mark has to move.</summary>
    private static class Stripped
    {
        public static readonly CodePointMap Plain = Build(text => text);
        public static readonly CodePointMap Lowered = Build(CodePoints.Lower.Apply);

        /// <summary>Code points that are, or decompose into, a mark that is kept and sorted.</summary>
        public static readonly CodePointMap KeptMarks = new(Scalars()
            .Where(rune => WithoutMarks(Decomposed(rune)).EnumerateRunes().Any(part => CodePoints.CombiningClass(part.Value) > 0))
            .ToDictionary(rune => rune.Value, _ => ""));

        private static CodePointMap Build(Func<string, string> then) => new(Scalars()
            .Select(rune => (rune.Value, Text: rune.ToString(), Result: then(WithoutMarks(Decomposed(rune)))))
            .Where(entry => entry.Result != entry.Text)
            .ToDictionary(entry => entry.Value, entry => entry.Result));

        private static IEnumerable<Rune> Scalars() =>
            Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Select(codePoint => new Rune(codePoint));

        private static string Decomposed(Rune rune) => CodePoints.Decomposed[rune.Value] ?? rune.ToString();

        private static string WithoutMarks(string text) =>
            string.Concat(text.EnumerateRunes().Where(rune => !CodePoints.Has(rune.Value, CodePointTraits.NonSpacing)));
    }
}
