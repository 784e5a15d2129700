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
    /// <returns>
    /// The logits where the batch <see cref="TokenBatch.NeedsLogits"/>, else these or each piece's best label. Valid until the next call or
    /// disposal.
    /// </returns>
    /// <exception cref="InferenceException">The run failed. <c>IsTransient</c> says whether this instance may be used again.</exception>
    PieceScores Run(TokenBatch batch);

    /// <summary>
    /// Runs the smallest and the largest shape once, with the highest id there is, so that no document pays for what the runtime does at
    /// first use, and none is the first to find that the model's tables are too short.
    /// </summary>
    /// <param name="shapes">The batches there will be.</param>
    /// <exception cref="InferenceException">A run failed; the device can't hold the largest batch.</exception>
    /// <exception cref="ModelLoadException">The model gives something else than it declares.</exception>
    void WarmUp(BatchShapes shapes);

    /// <summary>Asks a run in progress to stop; it then throws. Any thread.</summary>
    void Cancel();

    /// <summary>Asks a run in progress to stop, and every later one too. Any thread.</summary>
    void Stop() => Cancel();
}

/// <summary>Makes classifiers, one for each lane. Any thread.</summary>
internal interface ITokenClassifierFactory
{
    /// <summary>Loads the model onto a lane's device. Blocks for as long as that takes.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="shapes">
    /// The batches there will be, for a device that is made ready for them; null where nobody knows, which may cost it time later.
    /// </param>
    /// <param name="stop">Ends loading.</param>
    /// <exception cref="ModelLoadException">The model or the device can't be used; trying again will not help.</exception>
    /// <exception cref="InferenceException">The device can't be used just now.</exception>
    /// <exception cref="OperationCanceledException">Loading was ended by <paramref name="stop"/>.</exception>
    ITokenClassifier Create(LaneSpec lane, BatchShapes? shapes = null, CancellationToken stop = default);
}

/// <summary>Tells that a run of the model failed.</summary>
/// <param name="message">What the runtime said.</param>
/// <param name="isTransient">True when the same classifier may be used again, false when its device or session is lost.</param>
/// <param name="cause">The runtime's exception.</param>
internal sealed class InferenceException(string message, bool isTransient, Exception? cause = null) : Exception(message, cause)
{
    public bool IsTransient { get; } = isTransient;

    /// <summary>True when there was no memory: what fails alone then is not to blame, whoever took the memory is.</summary>
    public bool LacksMemory { get; init; }

    /// <summary>
    /// True when the device's context is dead for the whole process: no other session of it can use that device again, a new process can.
    /// </summary>
    public bool DeviceIsDead { get; init; }
}
