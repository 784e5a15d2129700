using System.Buffers.Binary;
using System.Text;
using StreamNer.Inference.Tokenization.Characters;

namespace StreamNer.Inference.Tokenization.Normalizing;

/// <summary>
/// SentencePiece's <c>precompiled_charsmap</c>: a Darts double array over UTF-8, and the texts its values point at. Immutable, any thread.
/// </summary>
/// <remarks>Little-endian: the array's size in bytes (4), the array's 32-bit units, then the texts, each ended by a zero byte.</remarks>
internal sealed class CompiledCharacterMap
{
    private const uint LeafBit = 1u << 31;
    private const uint LabelMask = LeafBit | 0xFF;
    private const int NoText = -1;

    // In bytes. The longest that NFKC makes of a character has 33.
    private const int LongestText = 256;

    private readonly uint[] _units;
    private readonly byte[] _texts;
    private readonly Dictionary<int, string> _known = [];

    /// <exception cref="InvalidDataException">The map is cut off, not of this form, or too large.</exception>
    public CompiledCharacterMap(ReadOnlySpan<byte> map)
    {
        var size = map.Length < sizeof(uint) ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(map);
        if (size is 0 || size % sizeof(uint) != 0 || size > map.Length - sizeof(uint))
        {
            throw new InvalidDataException(
                $"precompiled_charsmap has {map.Length} bytes and says that {size} of them are its array; export the tokenizer again");
        }

        _units = new uint[size / sizeof(uint)];
        for (var i = 0; i < _units.Length; i++)
            _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(map[(sizeof(uint) * (i + 1))..]);
        _texts = map[(sizeof(uint) + (int)size)..].ToArray();

        // Decoded now, so that a lookup allocates nothing, and so that none is too long, wherever in it a value points.
        for (var start = 0; start < _texts.Length; start += TextLength(start) + 1)
            Known(start);
        Singles = new CodePointMap(FindSingles());
    }

    /// <summary>Every code point that the map replaces on its own, with what it becomes.</summary>
    public CodePointMap Singles { get; }

    /// <summary>What the shortest key becomes that a text begins with; null when there is none.</summary>
    /// <param name="text">UTF-8.</param>
    public string? Find(ReadOnlySpan<byte> text) => FindStart(text) is var start and >= 0 ? TextAt(start) : null;

    /// <summary>Where the text of the shortest key begins; -1 when there is none.</summary>
    private int FindStart(ReadOnlySpan<byte> text)
    {
        var at = Offset(_units[0]);
        foreach (var label in text)
        {
            at ^= label;
            if (label == 0 || at >= _units.Length || (_units[at] & LabelMask) != label)
                return NoText;
            var unit = _units[at];
            at ^= Offset(unit);
            if ((unit >> 8 & 1) == 0)
                continue;
            return at < _units.Length && (_units[at] & ~LeafBit) is var start && start <= _texts.Length ? (int)start : NoText;
        }

        return NoText;
    }

    private Dictionary<int, string> FindSingles()
    {
        Dictionary<int, string> singles = [];
        Span<byte> bytes = stackalloc byte[4];
        for (var codePoint = 1; codePoint <= 0x10FFFF; codePoint++)
        {
            if (Rune.TryCreate(codePoint, out var rune) && FindStart(bytes[..rune.EncodeToUtf8(bytes)]) is var start and >= 0)
                singles[codePoint] = Known(start);
        }

        return singles;
    }

    private string Known(int start)
    {
        if (_known.TryGetValue(start, out var known))
            return known;
        if (_known.Count == CodePointMap.MostTexts)
        {
            throw new InvalidDataException(
                $"precompiled_charsmap has more than {CodePointMap.MostTexts} texts; export the tokenizer again");
        }

        return _known[start] = Decode(start);
    }

    // A value may point into the middle of a text that another one shares.
    private string TextAt(int start) => _known.TryGetValue(start, out var text) ? text : Decode(start);

    private string Decode(int start) => Encoding.UTF8.GetString(_texts, start, TextLength(start));

    private int TextLength(int start)
    {
        var rest = _texts.AsSpan(start);
        if (rest[..Math.Min(LongestText + 1, rest.Length)].IndexOf((byte)0) is var length and >= 0)
            return length;
        if (rest.Length <= LongestText)
            return rest.Length;
        throw new InvalidDataException($"precompiled_charsmap has a text of more than {LongestText} bytes; export the tokenizer again");
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);
}
