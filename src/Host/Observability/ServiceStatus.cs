using System.Text.Json.Serialization;
using StreamNer.Actors.Recognition;

namespace StreamNer.Host.Observability;

/// <summary>
/// The answer to <c>GET /v1/status</c>: how the service does and how it did in the last 15 minutes. Names in JSON are in camelCase.
/// </summary>
/// <param name="Time">When this was written.</param>
/// <param name="IntervalSeconds">What one point stands for.</param>
/// <param name="Now">Rates of the last interval, and what is under way at this moment.</param>
/// <param name="History">Oldest first, at most <see cref="StatusHistory.MaxPoints"/>.</param>
/// <param name="Partitions">The assigned partitions, by topic and number.</param>
/// <param name="Lanes">The lanes, in order; empty when the recognition actor did not answer in time.</param>
/// <param name="DeadLetters">Since the start, by stage and code.</param>
/// <param name="Totals">Since the start.</param>
internal sealed record ServiceStatus(
    DateTimeOffset Time,
    double IntervalSeconds,
    StatusPoint Now,
    IReadOnlyList<StatusPoint> History,
    IReadOnlyList<StatusPartition> Partitions,
    IReadOnlyList<StatusLane> Lanes,
    IReadOnlyList<StatusDeadLetters> DeadLetters,
    StatusTotals Totals)
{
    /// <summary>The cluster as this node sees it; absent where it is none, and when the recognition actor did not answer in time.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StatusCluster? Cluster { get; init; }
}

/// <summary>One interval.</summary>
/// <param name="Time">Its end.</param>
/// <param name="DocumentsPerSecond">Entity events acknowledged by the broker.</param>
/// <param name="EntitiesPerSecond">Entities in them.</param>
/// <param name="LatencySeconds">From consumed to acknowledged; its quantiles are null when no document came through.</param>
/// <param name="DocumentsInFlight">Records between consumer and commit.</param>
/// <param name="QueueTokens">Tokens of windows that wait for a lane.</param>
/// <param name="BatchSize">Mean windows of a batch; null when there was none.</param>
/// <param name="PaddingRatio">Mean share of padding in the tokens of a batch; null when there was none.</param>
/// <param name="Lag">Records behind, over the partitions whose lag is known; null when none is.</param>
/// <param name="DeadLettersPerSecond">Dead letters acknowledged by the broker.</param>
internal sealed record StatusPoint(
    DateTimeOffset Time,
    double DocumentsPerSecond,
    double EntitiesPerSecond,
    StatusLatency LatencySeconds,
    int DocumentsInFlight,
    long QueueTokens,
    double? BatchSize,
    double? PaddingRatio,
    long? Lag,
    double DeadLettersPerSecond)
{
    /// <summary>What went to other nodes of the cluster and came back; absent where this process is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StatusPool? Pool { get; init; }
}

/// <summary>One interval between this node and the others of the cluster.</summary>
/// <param name="RoundTripSeconds">From a batch's leaving to its answer's coming back; its quantiles are null when none came back.</param>
/// <param name="BatchesPerSecond">Batches that lanes of other nodes computed.</param>
/// <param name="GivenBackPerSecond">Batches that were given to other lanes, as theirs, or its node, was lost or left.</param>
/// <param name="SentBytesPerSecond">Bytes of messages to other nodes.</param>
/// <param name="ReceivedBytesPerSecond">Bytes of messages from them.</param>
internal sealed record StatusPool(
    StatusLatency RoundTripSeconds, double BatchesPerSecond, double GivenBackPerSecond, double SentBytesPerSecond,
    double ReceivedBytesPerSecond);

/// <summary>Quantiles, in seconds.</summary>
internal sealed record StatusLatency(double? P50, double? P95, double? P99)
{
    /// <summary>What stands where no document came through.</summary>
    public static StatusLatency None { get; } = new(null, null, null);
}

/// <summary>One assigned partition.</summary>
/// <param name="Topic">The input topic.</param>
/// <param name="Partition">Its number.</param>
/// <param name="Lag">Records from the first unfinished one to its end; null while not known.</param>
/// <param name="Position">The next offset to be taken; null while not known.</param>
/// <param name="Committed">Up to where it is finished: where a restart would go on; null before the first record finished.</param>
internal sealed record StatusPartition(string Topic, int Partition, long? Lag, long? Position, long? Committed);

/// <summary>One lane.</summary>
/// <param name="Model">The model it computes.</param>
/// <param name="Lane">Its number.</param>
/// <param name="Device">The device, such as <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="State">Loading, Ready, Restarting or Lost.</param>
/// <param name="Restarts">Since the start.</param>
/// <param name="BusyRatio">
/// The share of the last interval that it computed, 0 to 1; null before the first interval is over, and for lanes of other nodes, which
/// tell it themselves.
/// </param>
internal sealed record StatusLane(string Model, int Lane, string Device, string State, int Restarts, double? BusyRatio)
{
    /// <summary>The node of the cluster that it is on, <c>host:port</c>; absent for a lane of this process.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Node { get; init; }
}

/// <summary>The cluster as one node sees it.</summary>
/// <param name="Address">This node, <c>host:port</c>, as others reach it.</param>
/// <param name="Roles">What it does: <c>stream</c>, <c>inference</c> or both.</param>
/// <param name="Nodes">All that are known, this one first, then by address.</param>
internal sealed record StatusCluster(string Address, IReadOnlyList<string> Roles, IReadOnlyList<StatusNode> Nodes)
{
    /// <summary>Describes it.</summary>
    /// <param name="nodes">As the recognition actor tells them; empty where this process is no node.</param>
    /// <returns>Null where this process is no node.</returns>
    public static StatusCluster? Of(IReadOnlyList<RecognitionProtocol.NodeStatus> nodes) => nodes is [var self, ..]
        ? new StatusCluster(self.Address, self.Roles,
            [
                .. nodes.Select(node => new StatusNode(node.Address, node.Roles, node.State.ToString(),
                    [.. node.Refusals.Select(refusal => new StatusRefusal(refusal.Model, refusal.Reason))])),
            ])
        : null;
}

/// <summary>One node of the cluster.</summary>
/// <param name="Address"><c>host:port</c>.</param>
/// <param name="Roles">What it does: <c>stream</c>, <c>inference</c> or both.</param>
/// <param name="State">Joining, Up, Leaving, Down or Unreachable.</param>
/// <param name="Refusals">Why it gives this node no lanes, by model; empty where there is nothing against it.</param>
internal sealed record StatusNode(string Address, IReadOnlyList<string> Roles, string State, IReadOnlyList<StatusRefusal> Refusals);

/// <summary>Why a node gives no lanes for one model, in its own words.</summary>
internal sealed record StatusRefusal(string Model, string Reason);

/// <summary>Dead letters of one kind.</summary>
internal sealed record StatusDeadLetters(string Stage, string Code, long Count);

/// <summary>Counts since the start; restarts are those of the graph.</summary>
internal sealed record StatusTotals(long Consumed, long Published, long Entities, long DeadLettered, long Tombstones, int Restarts);
