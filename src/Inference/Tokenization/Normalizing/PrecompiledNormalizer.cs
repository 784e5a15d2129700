using System.Globalization;
using System.Text;
using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Normalizing;

/// <summary>Applies SentencePiece's compiled character map as the reference does: first by grapheme cluster, then by code point.</summary>
/// <remarks>
/// Its spans are the reference's too, odd ones included: a character that the map deletes at the very start of a text has no one before it
/// to be counted with, so every span behind it is one character early.
/// </remarks>
internal sealed class PrecompiledNormalizer : INormalizer
{
    // The reference asks the map for a whole cluster only below this size.
    private const int ClusterBytesBelow = 6;

    private static readonly bool[] Alone = FindAlone();

    private readonly CompiledCharacterMap _map;
    private readonly CodePointMap _single;

    public PrecompiledNormalizer(CompiledCharacterMap map)
    {
        _map = map;
        _single = map.Singles;
    }

    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        var chars = text.Chars;
        var output = new Output(text);
        for (var i = 0; i < chars.Length;)
        {
            if (IsAlone(chars, i))
            {
                Single(chars[i], ref output);
                i++;
                continue;
            }

            var cluster = chars.Slice(i, StringInfo.GetNextTextElementLength(chars[i..]));
            i += cluster.Length;
            if (cluster.Length > 1 && Lookup(cluster) is { } replaced)
            {
                output.Replace(CountCodePoints(cluster), replaced);
                continue;
            }

            for (int k = 0, length; k < cluster.Length; k += length)
                Single(CodePoints.At(cluster, k, out length), ref output);
        }

        output.Flush();
        text.Commit();
    }

    private void Single(int codePoint, ref Output output)
    {
        if (_single[codePoint] is { } replaced)
            output.Replace(1, replaced);
        else
            output.Add(codePoint, 0);
    }

    private string? Lookup(ReadOnlySpan<char> cluster)
    {
        if (cluster.Length >= ClusterBytesBelow || Encoding.UTF8.GetByteCount(cluster) >= ClusterBytesBelow)
            return null;
        Span<byte> bytes = stackalloc byte[ClusterBytesBelow];
        return _map.Find(bytes[..Encoding.UTF8.GetBytes(cluster, bytes)]);
    }

    /// <summary>
    /// True when the character forms no cluster with its neighbour: nearly always, and much cheaper to know from a table.
    /// </summary>
    private static bool IsAlone(ReadOnlySpan<char> chars, int index) =>
        Alone[chars[index]] && (index + 1 >= chars.Length || Alone[chars[index + 1]]);

    private static int CountCodePoints(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var unit in text)
        {
            if (!char.IsLowSurrogate(unit))
                count++;
        }

        return count;
    }

    private static bool[] FindAlone()
    {
        var alone = new bool[char.MaxValue + 1];
        Span<char> pair = stackalloc char[2];
        for (var c = 0; c < alone.Length; c++)
        {
            // Hangul and CR LF join only with their like, which a test beside "a" doesn't show.
            var unit = (char)c;
            var hangul = unit is (>= '\u1100' and <= '\u11FF') or (>= '\uA960' and <= '\uA97F') or (>= '\uAC00' and <= '\uD7FF');
            if (hangul || char.IsSurrogate(unit) || unit is '\r' or '\n')
                continue;
            (pair[0], pair[1]) = ('a', unit);
            alone[c] = StringInfo.GetNextTextElementLength(pair) == 1;
            (pair[0], pair[1]) = (unit, 'a');
            alone[c] &= StringInfo.GetNextTextElementLength(pair) == 1;
        }

        return alone;
    }

    /// <summary>Writes the new text one character late, because a deletion is counted with the character before it.</summary>
    private ref struct Output(AlignedText text)
    {
        private bool _holds;
        private int _codePoint;
        private int _change;

        public void Add(int codePoint, int change)
        {
            Flush();
            (_holds, _codePoint, _change) = (true, codePoint, change);
        }

        public void Replace(int oldCount, string replacement)
        {
            var newCount = CountCodePoints(replacement);
            var index = 0;
            for (int k = 0, length; k < replacement.Length; k += length)
                Add(CodePoints.At(replacement, k, out length), index++ < oldCount ? 0 : 1);
            if (newCount < oldCount && _holds)
                _change += newCount - oldCount;
        }

        public void Flush()
        {
            if (_holds)
                text.Transform(_codePoint, _change);
            _holds = false;
        }
    }
}
