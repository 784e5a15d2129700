using StreamNer.Inference.Batching;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Windows;
using StreamNer.TestSupport;

namespace StreamNer.Benchmarks;

/// <summary>How much of what is computed is padding, on text of mixed length that arrives as fast as it is computed.</summary>
internal static class PaddingBenchmark
{
    private const int Documents = 5_000;

    /// <summary>Windows that wait while a lane computes: what one batch of records brings.</summary>
    private const int Waiting = 500;

    public static IEnumerable<Figure> Run()
    {
        foreach (var gpu in (bool[])[false, true])
        {
            var (batches, tokens, padded) = Fill(new BatchingOptions().Budget(gpu, longestWindow: 512));
            yield return new Figure($"padding on mixed lengths, {(gpu ? "GPU" : "CPU")} budget",
                $"{1 - (double)tokens / padded:P2} of computed tokens, {(double)tokens / batches:F0} tokens/batch", Figure.Counted,
                Against: "bar 5 %");
        }
    }

    private static (int Batches, long Tokens, long Padded) Fill(PaddedTokenBudget budget)
    {
        var folder = ModelFolder.Open(Repository.DefaultModel);
        var tokenizer = new DocumentTokenizer(folder.Tokenizer, folder.Description.MaxPieces, new WindowOptions());
        var queue = new WindowQueue(budget, TimeProvider.System);
        var (batches, tokens, padded) = (0, 0L, 0L);
        void Take()
        {
            if (queue.DequeueBatch() is not { } batch)
                return;
            batches++;
            tokens += batch.Tokens;
            padded += batch.PaddedTokens;
        }

        foreach (var document in Sample.Mixed(Documents))
        {
            foreach (var window in tokenizer.Tokenize(document, out _)!.Windows)
                queue.Add(window);
            while (queue.Count >= Waiting)
                Take();
        }

        while (queue.Count > 0)
            Take();
        return (batches, tokens, padded);
    }
}
