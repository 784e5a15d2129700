using System.Globalization;
using System.Text;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>How byte-level vocabularies write bytes: printable ones as themselves, the others as letters from U+0100 on.</summary>
internal static class ByteAlphabet
{
    /// <summary>The sign of a blank, <c>Ġ</c>.</summary>
    public const char Blank = '\u0120';

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly char[] Signs = MakeSigns();
    private static readonly Dictionary<char, byte> Bytes = Enumerable.Range(0, Signs.Length).ToDictionary(b => Signs[b], b => (byte)b);

    /// <summary>The sign that stands for a byte.</summary>
    public static char Sign(byte value) => Signs[value];

    /// <summary>True for the bytes that occur in UTF-8.</summary>
    public static bool InUtf8(byte value) => value is not (0xC0 or 0xC1 or > 0xF4);

    /// <summary>The text that a piece stands for; null when it is cut inside a character or is no piece of this kind.</summary>
    public static string? Decode(string piece)
    {
        var bytes = new byte[piece.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            if (!Bytes.TryGetValue(piece[i], out bytes[i]))
                return null;
        }

        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static char[] MakeSigns()
    {
        var signs = new char[byte.MaxValue + 1];
        var others = '\u0100';
        for (var b = 0; b < signs.Length; b++)
        {
            var printable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            signs[b] = printable ? (char)b : others++;
        }

        return signs;
    }
}

/// <summary>
/// The pieces <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c> that a vocabulary with byte fallback writes unknown characters with.
/// </summary>
internal static class BytePieces
{
    /// <summary>Id of each byte's piece, -1 for those that the vocabulary lacks.</summary>
    public static int[] Find(Func<string, int?> id)
    {
        var ids = new int[byte.MaxValue + 1];
        for (var b = 0; b < ids.Length; b++)
            ids[b] = id(string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>")) ?? -1;
        return ids;
    }
}
