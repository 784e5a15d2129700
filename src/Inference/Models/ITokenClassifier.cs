using StreamNer.Inference.Batching;

namespace StreamNer.Inference.Models;

/// <summary>Runs a token-classification model on one device.</summary>
/// <remarks>
/// One caller at a time, but for <see cref="Cancel"/>. Owns native memory; <see cref="IDisposable.Dispose"/> after the last call returned.
/// </remarks>
internal interface ITokenClassifier : IDisposable
{
    /// <summary>Scores every piece of a batch. Blocks the calling thread for the whole run.</summary>
    /// <param name="batch">The windows; they are padded to <see cref="TokenBatch.Width"/>.</param>
    /// <returns>The logits, valid until the next call or disposal.</returns>
    /// <exception cref="InferenceException">The run failed. <c>IsTransient</c> says whether this instance may be used again.</exception>
    Logits Run(TokenBatch batch);

    /// <summary>
    /// Runs the smallest and the largest shape once, with the highest id there is, so that no document pays for what the runtime does at first
    /// use, and none is the first to find that the model's tables are too short.
    /// </summary>
    /// <param name="budget">The largest batch there will be.</param>
    /// <param name="longestWindow">Its longest window, in tokens.</param>
    /// <exception cref="InferenceException">A run failed; the device can't hold the largest batch.</exception>
    /// <exception cref="ModelLoadException">The model gives something else than it declares.</exception>
    void WarmUp(PaddedTokenBudget budget, int longestWindow);

    /// <summary>Asks a run in progress to stop; it then throws. Any thread.</summary>
    void Cancel();
}
