using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;
using StreamNer.Inference.Tokenization;

namespace StreamNer.Inference.Decoding;

/// <summary>Gives every word of a batch the label and probability of its first piece, as such models are trained.</summary>
internal static class WordScorer
{
    /// <summary>Writes labels and scores into the documents of the batch.</summary>
    /// <param name="batch">The windows that were computed.</param>
    /// <param name="logits">What the model said of them.</param>
    /// <param name="special">Says where in a window the text's pieces begin.</param>
    public static void Score(TokenBatch batch, Logits logits, SpecialPieces special)
    {
        for (var w = 0; w < batch.Windows.Count; w++)
        {
            var window = batch.Windows[w];
            var document = window.Owner;
            var range = window.Range;
            var shift = special.Before.Length + (special.PadLeft ? batch.Width - window.Length : 0) - range.FirstPiece;
            var firstPieces = document.Words.FirstPieces;
            for (var word = range.FirstWord; word < range.FirstWord + range.WordCount; word++)
            {
                var row = logits.Row(w, firstPieces[word] + shift);
                var best = Softmax.Best(row, out var probability);
                document.WordLabels[word] = best;
                document.WordScores[word] = probability;
            }
        }
    }
}
