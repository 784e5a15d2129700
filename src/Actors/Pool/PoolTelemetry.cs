using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using StreamNer.Actors.Recognition;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Pool;

/// <summary>
/// What a node of a cluster measures of the others, beside <see cref="ActorsTelemetry"/>: nothing of it is there before a node starts.
/// </summary>
/// <remarks>
/// No series is named after a node: nodes come and go, on ports that are free, and a series that was made stays as long as the process.
/// </remarks>
internal static class PoolTelemetry
{
    private static readonly Meter Meter = new(ActorsTelemetry.MeterName);

    private static readonly Histogram<double> RoundTrip = Meter.CreateHistogram<double>("streamner.pool.round_trip", "s",
        "From a batch's leaving for a lane of another node to its answer's coming back.");

    private static readonly Counter<long> Batches = Meter.CreateCounter<long>("streamner.pool.batches", "{batch}",
        "Batches that left for lanes of other nodes, by what became of them.");

    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>("streamner.pool.bytes", "By",
        "Bytes of the pool's messages, by direction, as they are before encryption.");

    private static readonly KeyValuePair<string, object?> SentTag = new("direction", "sent");
    private static readonly KeyValuePair<string, object?> ReceivedTag = new("direction", "received");
    private static readonly KeyValuePair<string, object?> ScoredTag = new("outcome", "scored");
    private static readonly KeyValuePair<string, object?> GivenBackTag = new("outcome", "given_back");

    private static readonly ConcurrentDictionary<object, Func<RecognitionProtocol.Status>> Nodes = new(ReferenceEqualityComparer.Instance);

    static PoolTelemetry()
    {
        Meter.CreateObservableGauge("streamner.pool.nodes", () => Measure(CountNodes), "{node}",
            "Nodes of the cluster as this one sees them, itself included, by role and state. One with both roles counts in both.");
        Meter.CreateObservableGauge("streamner.pool.lanes", () => Measure(CountLanes), "{lane}",
            "Lanes that compute for this node, by model, where they are (own or remote) and state.");
        Meter.CreateObservableGauge("streamner.pool.nodes_without_lanes", () => Measure(CountRefusals), "{node}",
            "Nodes with devices that give this one no lanes for a model: they have other files of it, or do not answer.");
    }

    /// <summary>Measures what a node knows of the others, until <see cref="NodeStopped"/>.</summary>
    /// <param name="node">Stands for the node.</param>
    /// <param name="status">How it and the others do. Any thread.</param>
    public static void NodeStarted(object node, Func<RecognitionProtocol.Status> status)
    {
        Nodes[node] = status;

        // A counter that appears with its first event has no rate there.
        Bytes.Add(0, SentTag);
        Bytes.Add(0, ReceivedTag);
        foreach (var model in status().Models)
        {
            Batches.Add(0, Model(model), ScoredTag);
            Batches.Add(0, Model(model), GivenBackTag);
        }
    }

    public static void NodeStopped(object node) => Nodes.TryRemove(node, out _);

    public static void Sent(int bytes) => Bytes.Add(bytes, SentTag);

    public static void Received(int bytes) => Bytes.Add(bytes, ReceivedTag);

    /// <summary>A batch came back, computed.</summary>
    public static void BatchScored(string model, TimeSpan roundTrip)
    {
        Batches.Add(1, Model(model), ScoredTag);
        RoundTrip.Record(roundTrip.TotalSeconds, Model(model));
    }

    /// <summary>Batches are given to other lanes, as theirs, or its node, is lost or leaves.</summary>
    public static void BatchesGivenBack(string model, int batches) => Batches.Add(batches, Model(model), GivenBackTag);

    private static IEnumerable<Measurement<long>> Measure(Func<RecognitionProtocol.Status, IEnumerable<Measurement<long>>> count) =>
        Nodes.Values.SelectMany(status => count(status()));

    private static IEnumerable<Measurement<long>> CountNodes(RecognitionProtocol.Status status) =>
        from role in (string[])[PoolSetup.StreamRole, PoolSetup.InferenceRole]
        from state in Enum.GetValues<NodeState>()
        select new Measurement<long>(
            status.Nodes.Count(node => node.State == state && node.Roles.Contains(role, StringComparer.Ordinal)),
            new("role", role), new KeyValuePair<string, object?>("state", NameOf(state)));

    private static IEnumerable<Measurement<long>> CountLanes(RecognitionProtocol.Status status) =>
        from model in status.Models
        from isOwn in (bool[])[true, false]
        from state in Enum.GetValues<LaneState>()
        select new Measurement<long>(
            status.Lanes.Count(lane => lane.Model == model && lane.IsOwn == isOwn && lane.State == state),
            Model(model), new("location", isOwn ? "own" : "remote"), new KeyValuePair<string, object?>("state", NameOf(state)));

    private static IEnumerable<Measurement<long>> CountRefusals(RecognitionProtocol.Status status) =>
        status.Models.Select(model => new Measurement<long>(
            status.Nodes.Count(node => node.Refusals.Any(refusal => refusal.Model == model)), Model(model)));

    private static KeyValuePair<string, object?> Model(string model) => new("model", model);

    private static string NameOf<TState>(TState state)
        where TState : struct, Enum => $"{state}".ToLowerInvariant();
}
