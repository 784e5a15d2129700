using System.Text.Json;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Tokenization.Loading;
using StreamNer.TestSupport;

namespace StreamNer.Inference.Tests.Tokenization.Parity;

/// <summary>
/// Holds single parts of a <c>tokenizer.json</c> against what the reference made of them; <c>tests/parity/parts.mjs</c> asked it.
/// </summary>
public sealed class PartsTests
{
    /// <summary>Characters as their bytes, so that ids tell the text that a normalizer made.</summary>
    private static readonly string Model = JsonSerializer.Serialize(new
    {
        type = "BPE",
        byte_fallback = true,
        vocab = Enumerable.Range(0, 256).Select(b => (Piece: $"<0x{b:X2}>", Id: b))
            .Concat([(Piece: "[PAD]", Id: 256), (Piece: "a", Id: 257), (Piece: "b", Id: 258), (Piece: "ab", Id: 259)])
            .ToDictionary(piece => piece.Piece, piece => piece.Id),
        merges = new[] { new[] { "a", "b" } },
    });

    [Fact]
    public void Every_normalizer_splitter_and_expression_gives_the_words_and_spans_of_the_reference()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Repository.File("tests", "parity", "parts.json")));
        var every = file.RootElement.GetProperty("every").GetInt32();
        string[] texts =
        [
            .. file.RootElement.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!),
            .. ParityFamily.Corpus().Where((_, i) => i % every == 0),
        ];
        var golden = ParityFamily.Golden("parts");
        List<string> different = [];
        foreach (var part in file.RootElement.GetProperty("parts").EnumerateArray())
        {
            using var folder = new ModelFolder()
                .With("tokenizer.json", TokenizerJson.Of(Field(part, "normalizer"), Field(part, "pre_tokenizer"), Model));
            List<string> problems = [];
            var encoder = TokenizerLoader.Load(folder.Path, problems)?.CreateEncoder();
            var pieces = new PieceBuffer();
            var wrong = 0;
            foreach (var text in texts)
            {
                var expected = golden.Next();
                encoder?.Encode(text, pieces);
                if (encoder is not null && !pieces.IsSameAs(expected) && wrong++ < 2)
                    different.Add($"{part}\n  {ParityTests.Escaped(text)}\n  is        {pieces.Shown()}\n  should be {expected.Shown()}\n");
            }

            if (encoder is null)
                different.Add($"{part}\n  {string.Join("; ", problems)}\n");
        }

        Assert.True(different.Count == 0, $"{different.Count} differ:\n{string.Concat(different.OrderBy(text => text.Length).Take(20))}");
    }

    private static string Field(JsonElement part, string name) => part.TryGetProperty(name, out var field) ? field.GetRawText() : "null";
}
