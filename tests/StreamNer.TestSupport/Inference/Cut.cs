using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;

namespace StreamNer.TestSupport.Inference;

/// <summary>Cuts texts with the <see cref="WordTokenizer"/>.</summary>
internal static class Cut
{
    /// <summary>Cuts a text into windows of at most <paramref name="modelPieces"/> pieces, special ones included.</summary>
    public static TokenizedDocument Text(string text, int modelPieces = 512, int overlap = 0, int lettersPerPiece = int.MaxValue) =>
        new DocumentTokenizer(new WordTokenizer(lettersPerPiece), modelPieces, new WindowOptions { OverlapPieces = overlap })
            .Tokenize(new Document(new DocumentId("d"), text), out _)!;

    /// <summary>A window of exactly <paramref name="length"/> pieces, special ones included.</summary>
    public static TokenWindow Window(int length) =>
        Text(string.Join(' ', Enumerable.Repeat("w", length - 2)), modelPieces: Math.Max(length, 3)).Windows[0];
}
