using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;

namespace StreamNer.Actors.Batching;

/// <summary>What the batcher understands and what it sends to the lanes.</summary>
internal static class BatcherProtocol
{
    /// <summary>
    /// Puts windows into the queue. From the model's actor; answered by <see cref="Finished"/> or <see cref="Dropped"/>, window by window.
    /// </summary>
    /// <param name="Asker">On whose behalf.</param>
    /// <param name="Windows">One or more.</param>
    public sealed record Enqueue(RecognitionProtocol.Asker Asker, IReadOnlyList<TokenWindow> Windows);

    /// <summary>
    /// Tells that some documents were abandoned: their windows leave the queue. From the model's actor; answered by <see cref="Dropped"/>.
    /// </summary>
    public sealed record DropAbandoned
    {
        public static readonly DropAbandoned Instance = new();

        private DropAbandoned()
        {
        }
    }

    /// <summary>Tells the model's actor that windows left the queue uncomputed, since nobody waits for their documents.</summary>
    public sealed record Dropped(IReadOnlyList<TokenWindow> Windows);

    /// <summary>
    /// Tells the model's actor that windows are finished: labelled, or failed for good. From a lane, or from the batcher.
    /// </summary>
    /// <param name="Windows">All of them.</param>
    /// <param name="Failed">Those without labels.</param>
    public sealed record Finished(IReadOnlyList<TokenWindow> Windows, IReadOnlyList<WindowFailure> Failed);

    /// <summary>Why a window has no labels.</summary>
    public readonly record struct WindowFailure(TokenWindow Window, FailureCode Code, string Message, int Attempts);

    /// <summary>Asks for one batch. From a lane; answered by one <see cref="Compute"/>, whenever there is one.</summary>
    /// <param name="Number">Counts the lane's batches. Asking twice with one number asks for one batch.</param>
    /// <param name="IsIdle">True when the lane has nothing to do: it takes whatever there is, at once. False when it is about to compute:
    /// it takes a full batch, or one that has waited long enough.</param>
    public sealed record Demand(long Number, bool IsIdle)
    {
        /// <summary>What a batch may cost on this lane; null where it is as the model's setup says.</summary>
        public PaddedTokenBudget? Budget { get; init; }
    }

    /// <summary>Takes a demand back. From a lane; answered by <see cref="Withdrawn"/>, unless a batch is on its way already.</summary>
    public sealed record Withdraw(long Number);

    /// <summary>Tells that a demand was taken back: no batch comes of it.</summary>
    public sealed record Withdrawn(long Number);

    /// <summary>Gives every batch back uncomputed, through no fault of theirs, and ends with the lane. From a lane; not answered.</summary>
    public sealed record GiveBack
    {
        public static readonly GiveBack Instance = new();

        private GiveBack()
        {
        }
    }

    /// <summary>Asks to be told whether windows wait. Answered by <see cref="WorkChanged"/>, now and at every change.</summary>
    public sealed record Watch
    {
        public static readonly Watch Instance = new();

        private Watch()
        {
        }
    }

    /// <summary>Tells whether windows wait.</summary>
    public sealed record WorkChanged(bool HasWork);

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
