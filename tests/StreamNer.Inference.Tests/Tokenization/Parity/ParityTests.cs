using System.Globalization;
using StreamNer.Inference.Tokenization;

namespace StreamNer.Inference.Tests.Tokenization.Parity;

/// <summary>Holds the tokenizers against what the reference implementation gave for the same texts.</summary>
public sealed class ParityTests
{
    public static TheoryData<string> Families => [.. ParityFamily.Templates, .. ParityFamily.Folders.Keys];

    /// <summary>Families whose words Microsoft.ML.Tokenizers cuts exactly.</summary>
    public static TheoryData<string> PackageFamilies => [.. ParityFamily.Templates.Where(ParityFamily.PackageCuts)];

    /// <summary>Families that Microsoft.ML.Tokenizers would cut into other pieces.</summary>
    public static TheoryData<string> OtherFamilies =>
        [.. ParityFamily.Templates.Where(family => !ParityFamily.PackageCuts(family)), .. ParityFamily.Folders.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_text_has_the_pieces_spans_and_words_that_the_reference_gives(string family) =>
        GivesThePiecesOfTheReference(family, SubwordEngine.Own);

    [Theory]
    [MemberData(nameof(PackageFamilies))]
    public void So_it_has_where_the_package_cuts_the_words(string family) => GivesThePiecesOfTheReference(family, SubwordEngine.Package);

    [Theory]
    [MemberData(nameof(OtherFamilies))]
    public void Where_the_package_would_give_other_pieces_it_is_refused(string family)
    {
        using var folder = ParityFamily.Folder(family);
        Assert.Contains("leave SubwordEngine at Own", Assert.Single(folder.Problems(SubwordEngine.Package)));
    }

    private static void GivesThePiecesOfTheReference(string family, SubwordEngine engine)
    {
        var encoder = ParityFamily.Tokenizer(family, engine).CreateEncoder();
        var golden = ParityFamily.Golden(family);
        var pieces = new PieceBuffer();
        List<string> different = [];
        foreach (var text in ParityFamily.Corpus())
        {
            encoder.Encode(text, pieces);
            var expected = golden.Next();
            if (!pieces.IsSameAs(expected))
                different.Add($"{Escaped(text)}\n  is        {pieces.Shown()}\n  should be {expected.Shown()}\n");
        }

        var shortest = different.OrderBy(text => text.Length).Take(5);
        Assert.True(different.Count == 0, $"{different.Count} texts differ, the shortest:\n{string.Concat(shortest)}");
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void The_special_pieces_are_those_of_the_reference(string family)
    {
        var special = ParityFamily.Tokenizer(family).Special;
        var golden = ParityFamily.Golden(family);
        foreach (var _ in ParityFamily.Corpus())
            golden.Next();
        var types = special.BeforeTypes.Concat(special.AfterTypes).DefaultIfEmpty(0);
        var shown = special.Before.Concat(special.After).Select((id, i) => (id, types.ElementAtOrDefault(i)));
        Assert.Equal(golden.Special(), shown);
    }

    public static string Escaped(string text) => string.Concat(text.Select(unit =>
        unit is >= ' ' and <= '~' ? unit.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}")));
}
