using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Windows;
using StreamNer.Inference.Words;

namespace StreamNer.Inference.Decoding;

/// <summary>
/// Gives every word of a batch its label and probability: those of its first piece, as such models are trained, unless the document asks
/// for more.
/// </summary>
internal static class WordScorer
{
    private const int LabelsOnStack = 256;

    /// <summary>Writes labels and scores into the documents of the batch.</summary>
    /// <param name="batch">The windows that were computed.</param>
    /// <param name="scores">What the model said of them.</param>
    /// <param name="special">Says where in a window the text's pieces begin.</param>
    public static void Score(TokenBatch batch, PieceScores scores, SpecialPieces special)
    {
        for (var w = 0; w < batch.Windows.Count; w++)
        {
            var window = batch.Windows[w];
            var shift = special.Before.Length + (special.PadLeft ? scores.Width - window.Length : 0) - window.Range.FirstPiece;
            switch (window.Owner.Rules.Aggregation)
            {
                case Aggregation.Average:
                    Average(window, scores, w, shift);
                    break;
                case Aggregation.Max:
                    Max(window, scores, w, shift);
                    break;
                default:
                    First(window, scores, w, shift);
                    break;
            }

            if (window.Owner.Rules.Decoding != LabelDecoding.Argmax)
                KeepLogits(window, scores, w, shift);
        }
    }

    /// <summary>Whoever decodes weighs whole sequences, so the numbers must outlive the classifier's buffer.</summary>
    private static void KeepLogits(TokenWindow window, PieceScores scores, int row, int shift)
    {
        var (document, range, labels) = (window.Owner, window.Range, scores.Labels);
        var emissions = document.EmissionsFor(labels);
        var firstPieces = document.Words.FirstPieces;
        for (var word = range.FirstWord; word < range.FirstWord + range.WordCount; word++)
            scores.Row(row, firstPieces[word] + shift).CopyTo(emissions.AsSpan(word * labels, labels));
    }

    private static void First(TokenWindow window, PieceScores scores, int row, int shift)
    {
        var (document, range) = (window.Owner, window.Range);
        var firstPieces = document.Words.FirstPieces;
        for (var word = range.FirstWord; word < range.FirstWord + range.WordCount; word++)
        {
            document.WordLabels[word] = scores.Best(row, firstPieces[word] + shift, out var probability);
            document.WordScores[word] = probability;
        }
    }

    /// <summary>The piece with the highest probability decides; the first of equals.</summary>
    private static void Max(TokenWindow window, PieceScores scores, int row, int shift)
    {
        var (document, range) = (window.Owner, window.Range);
        for (var word = range.FirstWord; word < range.FirstWord + range.WordCount; word++)
        {
            var (first, end) = Pieces(window, word);
            var label = scores.Best(row, first + shift, out var highest);
            for (var piece = first + 1; piece < end; piece++)
            {
                var other = scores.Best(row, piece + shift, out var probability);
                if (probability > highest)
                    (label, highest) = (other, probability);
            }

            (document.WordLabels[word], document.WordScores[word]) = (label, highest);
        }
    }

    /// <summary>The highest mean over the pieces decides; pieces without a number are left out.</summary>
    private static void Average(TokenWindow window, PieceScores scores, int row, int shift)
    {
        var (document, range) = (window.Owner, window.Range);
        var sums = scores.Labels <= LabelsOnStack ? stackalloc double[scores.Labels] : new double[scores.Labels];
        for (var word = range.FirstWord; word < range.FirstWord + range.WordCount; word++)
        {
            var (first, end) = Pieces(window, word);
            sums.Clear();
            var counted = 0;
            for (var piece = first; piece < end; piece++)
                counted += Softmax.AddTo(sums, scores.Row(row, piece + shift)) ? 1 : 0;

            var best = 0;
            for (var i = 1; i < sums.Length; i++)
            {
                if (sums[i] > sums[best])
                    best = i;
            }

            (document.WordLabels[word], document.WordScores[word]) = (best, counted == 0 ? 0 : (float)(sums[best] / counted));
        }
    }

    /// <summary>
    /// The pieces of a word that the window sees; a word longer than what is left of the window is judged by its beginning.
    /// </summary>
    private static (int First, int End) Pieces(TokenWindow window, int word)
    {
        var firstPieces = window.Owner.Words.FirstPieces;
        var end = word + 1 < firstPieces.Length ? firstPieces[word + 1] : window.Owner.PieceIds.Length;
        return (firstPieces[word], Math.Min(end, window.Range.FirstPiece + window.Range.PieceCount));
    }
}
