using System.Text;

namespace StreamNer.Fuzz;

/// <summary>Changes seeds at random: by bytes, by words of their format, and by putting parts of several together. One owner.</summary>
internal sealed class Mutator(int seed, byte[][] seeds, string[] words)
{
    private const int MostBytes = 1 << 20;

    private static readonly string[] Extremes =
    [
        "0", "-1", "1", "2147483647", "2147483648", "-2147483649", "4611686018427387904", "1e308", "1e999", "NaN", "0.1", "null", "true",
        "{}", "[]", "\"\"",
    ];

    private readonly Random _random = new(seed);
    private readonly byte[][] _words = [.. words.Concat(Extremes).Select(Encoding.UTF8.GetBytes)];

    /// <summary>The next input.</summary>
    public byte[] Next()
    {
        List<byte> input = [.. Any(seeds)];
        for (var changes = _random.Next(1, 8); changes > 0; changes--)
            Change(input);
        return [.. input.Take(MostBytes)];
    }

    private void Change(List<byte> input)
    {
        var at = _random.Next(input.Count + 1);
        var length = Math.Min(_random.Next(1, 1 << _random.Next(1, 10)), input.Count - at);
        switch (_random.Next(8))
        {
            case 0 when at < input.Count:
                input[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < input.Count:
                input[at] = (byte)_random.Next(256);
                break;
            case 2:
                input.RemoveRange(at, length);
                break;
            case 3:
                input.InsertRange(at, input.GetRange(at, length));
                break;
            case 4:
                input.InsertRange(_random.Next(input.Count + 1), Any(_words));
                break;
            case 5:
                Replace(input, at);
                break;
            case 6:
                var other = Any(seeds);
                var from = _random.Next(other.Length + 1);
                input.InsertRange(at, other.AsSpan(from, Math.Min(_random.Next(200), other.Length - from)).ToArray());
                break;
            default:
                var part = input.GetRange(at, length);
                for (var times = _random.Next(1, 50); times > 0 && input.Count < MostBytes; times--)
                    input.InsertRange(at, part);
                break;
        }
    }

    /// <summary>Puts a word in the place of one.</summary>
    private void Replace(List<byte> input, int at)
    {
        var (from, to) = (at, at);
        while (from > 0 && IsWord(input[from - 1]))
            from--;
        while (to < input.Count && IsWord(input[to]))
            to++;
        input.RemoveRange(from, to - from);
        input.InsertRange(from, Any(_words));
    }

    private static bool IsWord(byte value) => char.IsAsciiLetterOrDigit((char)value) || value is (byte)'_' or (byte)'-' or (byte)'.';

    private T Any<T>(T[] items) => items[_random.Next(items.Length)];
}
