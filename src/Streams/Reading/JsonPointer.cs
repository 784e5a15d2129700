using System.Text;

namespace StreamNer.Streams.Reading;

/// <summary>A place in a JSON text, as RFC 6901 writes it: <c>/text</c>, <c>/items/0/body</c>; empty for the whole.</summary>
internal sealed class JsonPointer
{
    private readonly byte[][] _segments;
    private readonly int[] _indexes;

    private JsonPointer(string text, byte[][] segments)
    {
        Text = text;
        _segments = segments;
        _indexes = Array.ConvertAll(segments, ParseIndex);
    }

    /// <summary>The pointer as it was written.</summary>
    public string Text { get; }

    /// <summary>How deep the place lies; 0 is the whole text.</summary>
    public int Depth => _segments.Length;

    /// <summary>Reads a pointer.</summary>
    /// <returns>False when it is neither empty nor begins with a slash, or when a <c>~</c> is not followed by 0 or 1.</returns>
    public static bool TryParse(string text, out JsonPointer pointer)
    {
        pointer = new JsonPointer(text, []);
        if (text.Length == 0)
            return true;
        if (text[0] != '/')
            return false;

        var parts = text[1..].Split('/');
        foreach (var part in parts)
        {
            for (var at = part.IndexOf('~', StringComparison.Ordinal); at >= 0; at = part.IndexOf('~', at + 1))
            {
                if (at + 1 == part.Length || part[at + 1] is not ('0' or '1'))
                    return false;
            }
        }

        pointer = new JsonPointer(text, Array.ConvertAll(parts, Unescape));
        return true;
    }

    /// <summary>The name at a depth, as UTF-8.</summary>
    public ReadOnlySpan<byte> Name(int depth) => _segments[depth];

    /// <summary>The array index at a depth; -1 when the segment is not one.</summary>
    public int Index(int depth) => _indexes[depth];

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static byte[] Unescape(string segment) =>
        Encoding.UTF8.GetBytes(segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal));

    // RFC 6901: digits without a leading zero.
    private static int ParseIndex(byte[] segment)
    {
        if (segment.Length is 0 or > 9 || (segment.Length > 1 && segment[0] == '0'))
            return -1;

        var index = 0;
        foreach (var digit in segment)
        {
            if (digit is < (byte)'0' or > (byte)'9')
                return -1;
            index = index * 10 + (digit - '0');
        }

        return index;
    }
}
