using System.Globalization;
using StreamNer.Inference.Tokenization.Subwords;

namespace StreamNer.Inference.Tests.Tokenization.Subwords;

/// <summary>Vocabularies that were made to fill one cell of a table after the other with what is looked for from one on.</summary>
public sealed class CollidingTests
{
    // The tables have 4,096 cells for so many.
    private const int Entries = 1_100;
    private const int Mask = 4_095;

    [Fact]
    public void Words_that_collide_are_refused()
    {
        var words = Enumerable.Range(0, int.MaxValue)
            .Select(number => number.ToString("x", CultureInfo.InvariantCulture))
            .Where(word => (Hash(word) & Mask) == 0)
            .Take(Entries)
            .Select((word, id) => KeyValuePair.Create(word, id));
        Assert.Contains("more than 1000 pieces collide", Assert.Throws<InvalidDataException>(() => new WordTable(words)).Message);
    }

    [Fact]
    public void Merges_that_collide_are_refused()
    {
        (int, int, int)[] merges =
        [
            .. Enumerable.Range(0, int.MaxValue)
                .Select(number => (Left: number >> 10, Right: number & 1_023, 0))
                .Where(pair => (Cell(pair.Left, pair.Right) & Mask) == 0)
                .Take(Entries),
        ];
        Assert.Contains("more than 1000 merges collide", Assert.Throws<InvalidDataException>(() => new BpeMerges(merges)).Message);
    }

    private static uint Hash(string word)
    {
        var hash = 2_166_136_261;
        foreach (var unit in word)
            hash = (hash ^ unit) * 16_777_619;
        return hash ^ (hash >> 15);
    }

    private static int Cell(int left, int right) => (int)((((ulong)(uint)left << 32 | (uint)right) + 1) * 0x9E37_79B9_7F4A_7C15 >> 33);
}
