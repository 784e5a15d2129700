using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;

namespace StreamNer.Inference.Tokenization.Characters;

/// <summary>Traits, lower case and decomposition of every code point, as the reference implementation has them. Any thread.</summary>
/// <remarks>
/// .NET's own tables are of another Unicode version, and under <c>InvariantGlobalization</c> half of them are gone, so they would give
/// other pieces. The table was made by asking the reference implementation for every code point; see README.md in this folder.
/// </remarks>
internal static class CodePoints
{
    /// <summary>What a lone surrogate counts as.</summary>
    public const int Replacement = 0xFFFD;

    private const int Pages = 0x1100;
    private const int PageSize = 256;

    private const int FirstMark = 0x300;

    private static readonly byte[] PageOf = new byte[Pages];
    private static readonly CodePointTraits[] Traits;
    private static readonly Dictionary<int, int> CombiningClasses = [];
    private static readonly Dictionary<long, int> Compositions = [];
    private static readonly HashSet<int> Seconds = [];
    private static readonly byte[] ClassPageOf = new byte[Pages];
    private static readonly CodePointClasses[] Classes;

    static CodePoints()
    {
        using var packed = typeof(CodePoints).Assembly.GetManifestResourceStream("StreamNer.Inference.code-points.bin.gz")
            ?? throw new InvalidOperationException("the table of code points is not embedded in this assembly");
        using var reader = new BinaryReader(new GZipStream(packed, CompressionMode.Decompress), Encoding.Unicode);

        var kinds = new CodePointTraits[reader.ReadByte()];
        for (var i = 0; i < kinds.Length; i++)
            kinds[i] = (CodePointTraits)reader.ReadUInt16();

        Traits = new CodePointTraits[reader.ReadByte() * PageSize];
        reader.BaseStream.ReadExactly(PageOf);
        for (var i = 0; i < Traits.Length; i++)
            Traits[i] = kinds[reader.ReadByte()];

        Lower = new CodePointMap(ReadMap(reader));
        Decomposed = ReadDecompositions(reader);
        CompatiblyDecomposed = ReadDecompositions(reader);

        var marks = reader.ReadInt32();
        for (var i = 0; i < marks; i++)
            CombiningClasses[reader.ReadInt32()] = reader.ReadByte();

        var pairs = reader.ReadInt32();
        for (var i = 0; i < pairs; i++)
        {
            var (first, second) = (reader.ReadInt32(), reader.ReadInt32());
            Compositions[Pair(first, second)] = reader.ReadInt32();
            Seconds.Add(second);
        }

        var classes = new CodePointClasses[reader.ReadByte()];
        for (var i = 0; i < classes.Length; i++)
            classes[i] = (CodePointClasses)reader.ReadUInt16();
        Classes = new CodePointClasses[reader.ReadByte() * PageSize];
        reader.BaseStream.ReadExactly(ClassPageOf);
        for (var i = 0; i < Classes.Length; i++)
            Classes[i] = classes[reader.ReadByte()];
    }

    /// <summary>Lower case, where it differs.</summary>
    public static CodePointMap Lower { get; }

    /// <summary>Canonical decomposition (NFD), where it differs.</summary>
    public static CodePointMap Decomposed { get; }

    /// <summary>Compatibility decomposition (NFKD), where it differs.</summary>
    public static CodePointMap CompatiblyDecomposed { get; }

    /// <summary>
    /// Where a mark stands among marks in canonical order: a higher number behind a lower one; 0 for what is no such mark.
    /// </summary>
    /// <remarks>These number Unicode's combining classes in their order; they are not the classes themselves.</remarks>
    public static int CombiningClass(int codePoint) => codePoint < FirstMark ? 0 : CombiningClasses.GetValueOrDefault(codePoint);

    /// <summary>The code point that NFC makes of two; -1 when it leaves them two.</summary>
    public static int Compose(int first, int second)
    {
        // Syllables are put together by arithmetic (The Unicode Standard, 3.12).
        if (first is >= 0x1100 and < 0x1100 + 19 && second is >= 0x1161 and < 0x1161 + 21)
            return 0xAC00 + (first - 0x1100) * 588 + (second - 0x1161) * 28;
        if (first is >= 0xAC00 and < 0xAC00 + 11_172 && (first - 0xAC00) % 28 == 0 && second is > 0x11A7 and < 0x11A7 + 28)
            return first + second - 0x11A7;
        return Compositions.GetValueOrDefault(Pair(first, second), -1);
    }

    /// <summary>True for a code point that NFC may join to one before it.</summary>
    public static bool ComposesWithOneBefore(int codePoint) =>
        codePoint is >= 0x1161 and < 0x1161 + 21 or > 0x11A7 and < 0x11A7 + 28 || Seconds.Contains(codePoint);

    /// <summary>What regular expressions say of a code point.</summary>
    public static CodePointClasses ClassesOf(int codePoint) => Classes[(ClassPageOf[codePoint >> 8] << 8) | (codePoint & 0xFF)];

    /// <summary>The traits of a code point.</summary>
    /// <param name="codePoint">0 to 0x10FFFF.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static CodePointTraits Of(int codePoint) => Traits[(PageOf[codePoint >> 8] << 8) | (codePoint & 0xFF)];

    /// <summary>True when a code point has any of some traits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Has(int codePoint, CodePointTraits any) => (Of(codePoint) & any) != 0;

    /// <summary>The code point that begins at <paramref name="index"/>; a lone surrogate is U+FFFD. It takes 1 or 2 units.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int At(ReadOnlySpan<char> text, int index, out int length)
    {
        var unit = text[index];
        length = 1;
        return char.IsSurrogate(unit) ? Astral(text, index, out length) : unit;
    }

    /// <summary>The code point that ends before <paramref name="index"/>; a lone surrogate is U+FFFD.</summary>
    public static int Before(ReadOnlySpan<char> text, int index, out int length)
    {
        var unit = text[index - 1];
        length = 1;
        if (!char.IsSurrogate(unit))
            return unit;
        if (index < 2 || !char.IsLowSurrogate(unit) || !char.IsHighSurrogate(text[index - 2]))
            return Replacement;
        length = 2;
        return char.ConvertToUtf32(text[index - 2], unit);
    }

    private static long Pair(int first, int second) => ((long)first << 32) | (uint)second;

    private static int Astral(ReadOnlySpan<char> text, int index, out int length)
    {
        length = 1;
        if (!char.IsHighSurrogate(text[index]) || index + 1 >= text.Length || !char.IsLowSurrogate(text[index + 1]))
            return Replacement;
        length = 2;
        return char.ConvertToUtf32(text[index], text[index + 1]);
    }

    private static Dictionary<int, string> ReadMap(BinaryReader reader)
    {
        var count = reader.ReadInt32();
        var map = new Dictionary<int, string>(count);
        for (var i = 0; i < count; i++)
        {
            var codePoint = reader.ReadInt32();
            map[codePoint] = Encoding.Unicode.GetString(reader.ReadBytes(reader.ReadByte() * sizeof(char)));
        }

        return map;
    }

    private static CodePointMap ReadDecompositions(BinaryReader reader)
    {
        var map = ReadMap(reader);

        // Syllables decompose by arithmetic (The Unicode Standard, 3.12), so the table needn't hold all 11,172.
        for (var i = 0; i < 11_172; i++)
        {
            var (lead, vowel, trail) = ((char)(0x1100 + i / 588), (char)(0x1161 + i % 588 / 28), (char)(0x11A7 + i % 28));
            map[0xAC00 + i] = i % 28 == 0 ? $"{lead}{vowel}" : $"{lead}{vowel}{trail}";
        }

        return new CodePointMap(map);
    }
}

/// <summary>What the reference implementation says of a code point.</summary>
/// <remarks>The numbers are those of the table in <c>code-points.bin.gz</c>.</remarks>
[Flags]
internal enum CodePointTraits : ushort
{
    None = 0,

    /// <summary>BERT's <c>clean_text</c> removes it: controls, format characters, U+0000, U+FFFD, unassigned.</summary>
    Removed = 1,

    /// <summary>BERT's <c>clean_text</c> turns it into a blank.</summary>
    CleanedToBlank = 2,

    /// <summary>An ideograph that BERT takes for a word of its own.</summary>
    Ideograph = 4,

    /// <summary>Punctuation as BERT sees it, which counts <c>$ + &lt; = &gt; ^ ` | ~</c> in.</summary>
    Punctuation = 8,

    /// <summary>White space (Rust's <c>char::is_whitespace</c>).</summary>
    Blank = 16,

    /// <summary>Matches <c>\p{L}</c>.</summary>
    Letter = 32,

    /// <summary>Matches <c>\p{N}</c>.</summary>
    Number = 64,

    /// <summary>Matches <c>\s</c>.</summary>
    Space = 128,

    /// <summary>A non-spacing mark, which BERT's own accent stripping removes.</summary>
    NonSpacing = 256,

    /// <summary>Matches <c>\w</c>.</summary>
    Word = 512,

    /// <summary>A combining mark of any kind, which the step <c>StripAccents</c> removes.</summary>
    Combining = 1024,
}

/// <summary>
/// What the library for regular expressions says of a code point: its general category in the lower five bits, and some classes.
/// </summary>
/// <remarks>The numbers are those of the table in <c>code-points.bin.gz</c>; the categories are numbered Cn Lu Ll Lt Lm Lo Mn Mc Me Nd Nl
/// No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co.</remarks>
[Flags]
internal enum CodePointClasses : ushort
{
    None = 0,

    /// <summary>The bits of the general category.</summary>
    Category = 31,

    /// <summary>Matches <c>\w</c>.</summary>
    Word = 32,

    /// <summary>Matches <c>\d</c>.</summary>
    Digit = 64,

    /// <summary>Matches <c>\s</c>.</summary>
    Space = 128,

    /// <summary>Matches <c>\p{Han}</c>.</summary>
    Han = 256,

    /// <summary>Matches <c>\p{Hiragana}</c>.</summary>
    Hiragana = 512,

    /// <summary>Matches <c>\p{Katakana}</c>.</summary>
    Katakana = 1024,

    /// <summary>Matches <c>\p{Hangul}</c>.</summary>
    Hangul = 2048,

    /// <summary>A number of any kind (Rust's <c>char::is_numeric</c>).</summary>
    Numeric = 4096,
}
