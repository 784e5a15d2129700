using StreamNer.Inference.Domain;

namespace StreamNer.Actors.Recognition;

/// <summary>What the registered recognition actor understands and answers.</summary>
public static class RecognitionProtocol
{
    /// <summary>Marks what may be sent to the recognition actor.</summary>
    public interface ICommand;

    /// <summary>Marks what it answers.</summary>
    public interface IReply;

    /// <summary>
    /// Asks for the labels of a batch of documents. Answered by exactly one <see cref="Recognised"/>, or by a <c>Status.Failure</c> that
    /// says why there is none: recognition stopped, too much waits (requests only), or nobody waits any more.
    /// </summary>
    /// <param name="Documents">One or more; the sender must not change the list afterwards.</param>
    public sealed record Recognise(IReadOnlyList<Document> Documents) : ICommand
    {
        /// <summary>Name of the one model to ask, where several are configured; null, the default, asks all of them.</summary>
        public string? Model { get; init; }

        /// <summary>On whose behalf it is asked: the two take turns. The stream by default.</summary>
        public Asker Asker { get; init; } = Asker.Stream;

        /// <summary>How long the answer is waited for; what is open of it by then is dropped. For ever by default.</summary>
        public TimeSpan Patience { get; init; } = Timeout.InfiniteTimeSpan;

        /// <summary>Told each time a part of it was computed; null, the default, tells nobody.</summary>
        public RecognitionProgress? Progress { get; init; }

        /// <summary>Cancelled when nobody waits for the answer any more; what is open of it is then dropped.</summary>
        public CancellationToken CalledBack { get; init; }
    }

    /// <summary>On whose behalf a question is asked.</summary>
    public enum Asker
    {
        /// <summary>The stream: never refused, it waits.</summary>
        Stream,

        /// <summary>A request that somebody waits for: refused when too much waits already.</summary>
        Request,
    }

    /// <summary>Answers <see cref="Recognise"/>.</summary>
    /// <param name="Outcomes">One for each document, in the order of the question.</param>
    public sealed record Recognised(IReadOnlyList<DocumentOutcome> Outcomes) : IReply;

    /// <summary>Asks how the lanes do. Answered by one <see cref="Status"/>.</summary>
    public sealed record GetStatus : ICommand
    {
        /// <summary>The only instance.</summary>
        public static GetStatus Instance { get; } = new();

        private GetStatus()
        {
        }
    }

    /// <summary>Answers <see cref="GetStatus"/>.</summary>
    /// <param name="Lanes">One for each configured lane, in order; where several models are configured, those of one model after the
    /// other. In a cluster, behind them those of other nodes.</param>
    /// <param name="DocumentsInFlight">Documents asked for and not yet answered.</param>
    public sealed record Status(IReadOnlyList<LaneStatus> Lanes, int DocumentsInFlight) : IReply
    {
        /// <summary>
        /// True when every lane of this process has loaded its model and warmed it up, and every model has one, here or on another node.
        /// </summary>
        public bool Ready => Models.Count > 0
            && Lanes.All(lane => !lane.IsOwn || lane.State == LaneState.Ready)
            && Models.All(model => Lanes.Any(lane => lane.Model == model && lane.State == LaneState.Ready));

        /// <summary>Names of the models, in order.</summary>
        public IReadOnlyList<string> Models { get; init; } = [.. Lanes.Select(lane => lane.Model).Distinct(StringComparer.Ordinal)];

        /// <summary>The nodes of the cluster that are known here, this one first; empty where this process is none.</summary>
        public IReadOnlyList<NodeStatus> Nodes { get; init; } = [];
    }

    /// <summary>How one node of the cluster does, as this one sees it.</summary>
    /// <param name="Address"><c>host:port</c>, as others reach it.</param>
    /// <param name="Roles">What it does: <c>stream</c>, <c>inference</c> or both.</param>
    /// <param name="State">Where it is in its life.</param>
    public sealed record NodeStatus(string Address, IReadOnlyList<string> Roles, NodeState State)
    {
        /// <summary>Why it gives this node no lanes, one for each such model; empty where there is nothing against it.</summary>
        public IReadOnlyList<LaneRefusal> Refusals { get; init; } = [];
    }

    /// <summary>Why one node gives no lanes for one model.</summary>
    /// <param name="Node">The node, <c>host:port</c>.</param>
    /// <param name="Model">The model.</param>
    /// <param name="Reason">Why, for a person; another node's words, one line of bounded length.</param>
    public sealed record LaneRefusal(string Node, string Model, string Reason);

    /// <summary>The life of a node.</summary>
    public enum NodeState
    {
        /// <summary>Not a member yet.</summary>
        Joining,

        /// <summary>A member.</summary>
        Up,

        /// <summary>About to go: it finishes what it has.</summary>
        Leaving,

        /// <summary>Given up by the others.</summary>
        Down,

        /// <summary>Silent: its batches are given to others, and it may come back.</summary>
        Unreachable,
    }

    /// <summary>How one lane does.</summary>
    /// <param name="Lane">Number of the lane, from 0.</param>
    /// <param name="Device">The device it runs on, such as <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <param name="State">Where it is in its life.</param>
    /// <param name="Restarts">How often it was restarted since the process began.</param>
    public sealed record LaneStatus(int Lane, string Device, LaneState State, int Restarts)
    {
        /// <summary>Name of the model it computes.</summary>
        public string Model { get; init; } = "";

        /// <summary>The node that it is on, <c>host:port</c>; empty for this process.</summary>
        public string Node { get; init; } = "";

        /// <summary>True for a lane of this process.</summary>
        public bool IsOwn => Node.Length == 0;
    }

    /// <summary>The life of a lane.</summary>
    public enum LaneState
    {
        /// <summary>Loading the model and warming it up.</summary>
        Loading,

        /// <summary>Taking batches.</summary>
        Ready,

        /// <summary>Lost; waiting for its next start.</summary>
        Restarting,

        /// <summary>Given up.</summary>
        Lost,
    }
}
