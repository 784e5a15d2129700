using StreamNer.Inference.Batching;
using StreamNer.Inference.Windows;

namespace StreamNer.Actors.Batching;

/// <summary>What the batcher understands and what it sends to the lanes.</summary>
internal static class BatcherProtocol
{
    /// <summary>Puts windows into the queue. From the recognition actor; not answered.</summary>
    public sealed record Enqueue(IReadOnlyList<TokenWindow> Windows);

    /// <summary>Asks for one batch. From a lane; answered by one <see cref="Compute"/>, whenever there is one.</summary>
    /// <param name="Number">Counts the lane's batches. Asking twice with one number asks for one batch.</param>
    /// <param name="IsIdle">True when the lane has nothing to do: it takes whatever there is, at once. False when it is about to compute:
    /// it takes a full batch, or one that has waited long enough.</param>
    public sealed record Demand(long Number, bool IsIdle);

    /// <summary>Tells that a lane has finished its oldest batch. From a lane; not answered.</summary>
    public sealed record Computed
    {
        public static readonly Computed Instance = new();

        private Computed()
        {
        }
    }

    /// <summary>Hands a lane its next batch.</summary>
    public sealed record Compute(TokenBatch Batch);
}
