using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;

namespace StreamNer.Actors.Pool;

/// <summary>
/// What a source of work, which is a node that has documents, and the lanes of a node that has devices tell each other. All of it may cross
/// a network: <see cref="PoolSerializer"/> writes it.
/// </summary>
/// <remarks>
/// <code>
///  source (one for each model and pair of nodes)                         router of the lanes (one for each model and node)
///    Greet ──────────────────────────────────────────────────────────────▶
///    ◀───────────────────────────────────────────── Welcome │ Refused
///    WorkChanged ────────────────────────────────────────────────────────▶   work waits, or no longer
///    ◀───────────────────────────────────────────────────────────── Pull     a lane asks for one batch
///    Batch │ NoWork ─────────────────────────────────────────────────────▶   never without a pull
///    ◀───────────────────────────────────────────────── Scored │ LaneLost    batch by batch
///    Audit ──────────────────────────────────────────────────────────────▶   every few seconds
///    ◀──────────────────────────────────────── Missing │ pulls once more     what the network has lost
/// </code>
/// </remarks>
internal static class PoolProtocol
{
    /// <summary>Marks what may cross the network.</summary>
    public interface IMessage;

    /// <summary>Offers work. From a source; answered by <see cref="Welcome"/> or <see cref="Refused"/>.</summary>
    /// <param name="Model">Name of the model.</param>
    /// <param name="Hash">Hash of its files: both must have the same ones.</param>
    /// <param name="HasWork">Whether work waits.</param>
    /// <param name="LongestWindow">Most pieces of a window that may come of it, special ones included.</param>
    public sealed record Greet(string Model, string Hash, bool HasWork, int LongestWindow) : IMessage;

    /// <summary>Takes a source in, and tells it of the lanes whenever these change.</summary>
    /// <param name="Budget">What a batch may cost on these lanes.</param>
    /// <param name="Lanes">How they do.</param>
    public sealed record Welcome(PaddedTokenBudget Budget, IReadOnlyList<RecognitionProtocol.LaneStatus> Lanes) : IMessage;

    /// <summary>Tells a source why it gets no lanes here.</summary>
    /// <param name="Reason">Why, for a person.</param>
    public sealed record Refused(string Reason) : IMessage;

    /// <summary>Tells that windows wait, or that none does any more. From a source.</summary>
    public sealed record WorkChanged(bool HasWork) : IMessage;

    /// <summary>Asks for one batch. From a router; answered by <see cref="Batch"/> or <see cref="NoWork"/>.</summary>
    /// <param name="Lane">Which lane asks, by a number that no other lane of this router ever has.</param>
    /// <param name="Number">Counts that lane's pulls. Asking again with one number asks for one batch.</param>
    /// <param name="IsIdle">True when the lane has nothing to do and takes whatever there is.</param>
    public sealed record Pull(int Lane, long Number, bool IsIdle) : IMessage;

    /// <summary>Tells that a pull is not answered with a batch: the lane may ask elsewhere. From a source.</summary>
    public sealed record NoWork(int Lane, long Number) : IMessage;

    /// <summary>Answers a pull. From a source.</summary>
    /// <param name="Lane">The lane that asked.</param>
    /// <param name="Number">Its pull.</param>
    /// <param name="Windows">
    /// What is to be computed. As it comes over the network, windows are documents of their own, without text.
    /// </param>
    public sealed record Batch(int Lane, long Number, TokenBatch Windows) : IMessage;

    /// <summary>Gives a batch back, computed.</summary>
    /// <param name="Lane">The lane.</param>
    /// <param name="Number">The pull that the batch answered.</param>
    /// <param name="Windows">
    /// The batch itself where source and lane share a process, else windows that hold nothing but labels and scores.
    /// </param>
    /// <param name="Failed">The windows without labels.</param>
    public sealed record Scored(int Lane, long Number, TokenBatch Windows, IReadOnlyList<UnscoredWindow> Failed) : IMessage;

    /// <summary>Why a window of a batch has no labels.</summary>
    /// <param name="Index">Its place in the batch.</param>
    /// <param name="Code">For programs.</param>
    /// <param name="Message">For people.</param>
    /// <param name="Attempts">How often it was tried.</param>
    public readonly record struct UnscoredWindow(int Index, FailureCode Code, string Message, int Attempts);

    /// <summary>Tells that a lane has ended: what it has of this source is given to others.</summary>
    /// <param name="Lane">The lane.</param>
    /// <param name="Computing">Whether it computed a batch of this source, the oldest one, as it ended.</param>
    public sealed record LaneLost(int Lane, bool Computing) : IMessage;

    /// <summary>Tells that the router takes no more batches and gives back those that it has. Answered by <see cref="Left"/>.</summary>
    public sealed record Leaving : IMessage
    {
        public static readonly Leaving Instance = new();

        private Leaving()
        {
        }
    }

    /// <summary>Tells that a source waits for nothing any more.</summary>
    public sealed record Left : IMessage
    {
        public static readonly Left Instance = new();

        private Left()
        {
        }
    }

    /// <summary>
    /// Tells what a source believes. Answered by <see cref="Missing"/>, where the router knows of less, and by every open pull once more:
    /// the network may lose any message.
    /// </summary>
    /// <param name="HasWork">Whether work waits.</param>
    /// <param name="Open">The batches that it waits for.</param>
    public sealed record Audit(bool HasWork, IReadOnlyList<LanePull> Open) : IMessage;

    /// <summary>One pull of one lane.</summary>
    public readonly record struct LanePull(int Lane, long Number);

    /// <summary>
    /// Names those of an audit that the router neither has nor has answered: it answered all it had before it wrote this.
    /// </summary>
    public sealed record Missing(IReadOnlyList<LanePull> Lost) : IMessage;

    /// <summary>Tells a source that it is not known here, since the router was started anew: it greets again.</summary>
    public sealed record Unknown : IMessage
    {
        public static readonly Unknown Instance = new();

        private Unknown()
        {
        }
    }
}
