using StreamNer.Inference.Domain;

namespace StreamNer.Inference.Windows;

/// <summary>The words of a document as columns: where each stands and which piece is its first.</summary>
/// <param name="starts">First UTF-16 unit of each word, rising.</param>
/// <param name="ends">First UTF-16 unit behind each word.</param>
/// <param name="firstPieces">Index of each word's first piece, rising.</param>
internal sealed class WordColumns(int[] starts, int[] ends, int[] firstPieces)
{
    public int Count => starts.Length;

    /// <summary>Index of each word's first piece, rising.</summary>
    public ReadOnlySpan<int> FirstPieces => firstPieces;

    public TextSpan Span(int word) => new(starts[word], ends[word]);

    /// <summary>Finds the first word whose first piece is at or behind <paramref name="piece"/>.</summary>
    public int FirstWordFrom(int piece)
    {
        var at = Array.BinarySearch(firstPieces, piece);
        return at >= 0 ? at : ~at;
    }
}
