namespace StreamNer.Inference.Rules;

/// <summary>Remembers which characters of a text are taken. One caller at a time; kept from text to text.</summary>
internal sealed class TakenCharacters
{
    private ulong[] _bits = [];
    private int _used;

    /// <summary>Frees all characters of a text.</summary>
    public void Clear(int length)
    {
        Array.Clear(_bits, 0, _used);
        _used = (length + 63) / 64;
        if (_bits.Length < _used)
            _bits = new ulong[_used];
    }

    /// <summary>Marks the characters as taken.</summary>
    public void Mark(int start, int end)
    {
        for (var word = start >> 6; word << 6 < end; word++)
            _bits[word] |= Mask(word, start, end);
    }

    /// <summary>Whether one of the characters is taken.</summary>
    public bool Touches(int start, int end)
    {
        for (var word = start >> 6; word << 6 < end; word++)
        {
            if ((_bits[word] & Mask(word, start, end)) != 0)
                return true;
        }

        return false;
    }

    /// <summary>The characters of a range that lie in one word of bits.</summary>
    private static ulong Mask(int word, int start, int end)
    {
        var from = Math.Max(start - (word << 6), 0);
        var to = Math.Min(end - (word << 6), 64);
        return from >= to ? 0 : (ulong.MaxValue << from) & (ulong.MaxValue >> (64 - to));
    }
}
