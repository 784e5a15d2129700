using System.Globalization;
using StreamNer.Inference.Tokenization;

namespace StreamNer.Inference.Tests.Tokenization.Parity;

/// <summary>Holds the tokenizers against what the reference implementation gave for the same texts.</summary>
public sealed class ParityTests
{
    public static TheoryData<string> Families => [.. ParityFamily.Templates, .. ParityFamily.Folders.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_text_has_the_pieces_spans_and_words_that_the_reference_gives(string family)
    {
        using var folder = ParityFamily.Folder(family);
        var encoder = folder.Load().CreateEncoder();
        var golden = ParityFamily.Golden(family);
        var pieces = new PieceBuffer();
        List<string> different = [];
        foreach (var text in ParityFamily.Corpus())
        {
            encoder.Encode(text, pieces);
            var expected = golden.Next().Shown();
            if (pieces.Shown() != expected)
                different.Add($"{Escaped(text)}\n  is        {pieces.Shown()}\n  should be {expected}\n");
        }

        Assert.True(different.Count == 0, $"{different.Count} texts differ, the shortest:\n{string.Concat(different.OrderBy(text => text.Length).Take(5))}");
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void The_special_pieces_are_those_of_the_reference(string family)
    {
        using var folder = ParityFamily.Folder(family);
        var special = folder.Load().Special;
        var golden = ParityFamily.Golden(family);
        foreach (var _ in ParityFamily.Corpus())
            golden.Next();
        var types = special.BeforeTypes.Concat(special.AfterTypes).DefaultIfEmpty(0);
        var shown = special.Before.Concat(special.After).Select((id, i) => (id, types.ElementAtOrDefault(i)));
        Assert.Equal(golden.Special(), shown);
    }

    private static string Escaped(string text) => string.Concat(text.Select(unit =>
        unit is >= ' ' and <= '~' ? unit.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}")));
}
