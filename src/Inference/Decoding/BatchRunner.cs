using System.Collections.Immutable;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Windows;

namespace StreamNer.Inference.Decoding;

/// <summary>Runs a batch to its end in the face of passing failures: again, then in halves, down to the single culprit.</summary>
internal static class BatchRunner
{
    private const string NotFinite =
        "the model answered with NaN or infinity, values that are no numbers, as an overflow of half precision does; "
        + "run it in full precision (Model:File)";

    /// <summary>Runs and scores a batch. Blocks.</summary>
    /// <param name="classifier">Computes it.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="special">The tokenizer's special pieces.</param>
    /// <param name="waitsForMemory">
    /// Whether somebody tries again later: then a single window for which there is no memory is no failure of that window, for which there
    /// was room when the model was loaded, but the loss of the classifier.
    /// </param>
    /// <returns>The windows that fail alone, each time; the others have their labels.</returns>
    /// <exception cref="InferenceException">
    /// The classifier is lost (<c>IsTransient</c> is false). Windows scored by then stay scored.
    /// </exception>
    public static Result RunToEnd(ITokenClassifier classifier, TokenBatch batch, SpecialPieces special, bool waitsForMemory = false)
    {
        var failed = ImmutableArray.CreateBuilder<Failure>();
        if (TryRun(classifier, batch, special, failed, attempts: 1) is not null)
            Narrow(classifier, batch, special, failed, attempts: 2, waitsForMemory);
        return new Result(failed.ToImmutable());
    }

    /// <summary>What holds this batch has failed before: run it, and if it fails again, each half.</summary>
    private static void Narrow(
        ITokenClassifier classifier, TokenBatch batch, SpecialPieces special, ImmutableArray<Failure>.Builder failed, int attempts,
        bool waitsForMemory)
    {
        if (TryRun(classifier, batch, special, failed, attempts) is not { } error)
            return;
        if (batch.Windows.Count == 1)
        {
            if (error.LacksMemory && waitsForMemory)
                throw new InferenceException(error.Message, isTransient: false, error) { LacksMemory = true };
            failed.Add(new Failure(batch.Windows[0], error.Message, attempts));
            return;
        }

        var half = batch.Windows.Count / 2;
        Narrow(classifier, new TokenBatch([.. batch.Windows.Take(half)]), special, failed, attempts + 1, waitsForMemory);
        Narrow(classifier, new TokenBatch([.. batch.Windows.Skip(half)]), special, failed, attempts + 1, waitsForMemory);
    }

    /// <returns>Why the run failed; null when it did not.</returns>
    private static InferenceException? TryRun(
        ITokenClassifier classifier, TokenBatch batch, SpecialPieces special, ImmutableArray<Failure>.Builder failed, int attempts)
    {
        try
        {
            var scores = classifier.Run(batch);
            WordScorer.Score(batch, scores, special);
            for (var w = 0; w < batch.Windows.Count; w++)
            {
                if (!IsFinite(scores, batch, w, special))
                    failed.Add(new Failure(batch.Windows[w], NotFinite, attempts) { NotFinite = true });
            }

            return null;
        }
        catch (InferenceException e) when (e.IsTransient)
        {
            return e;
        }
    }

    /// <summary>Whether every value of a window's own pieces is a number; those of padding don't count.</summary>
    private static bool IsFinite(PieceScores scores, TokenBatch batch, int window, SpecialPieces special)
    {
        var length = batch.Windows[window].Length;
        return scores.AreFinite(window, special.PadLeft ? scores.Width - length : 0, length);
    }

    /// <summary>A window that fails alone.</summary>
    /// <param name="Window">The culprit.</param>
    /// <param name="Message">What the runtime said of its last run.</param>
    /// <param name="Attempts">In how many failed runs it stood.</param>
    internal readonly record struct Failure(TokenWindow Window, string Message, int Attempts)
    {
        /// <summary>True when the model answered, but not with numbers.</summary>
        public bool NotFinite { get; init; }
    }

    /// <summary>What came of a batch.</summary>
    /// <param name="Failed">The windows without labels.</param>
    internal sealed record Result(ImmutableArray<Failure> Failed);
}
