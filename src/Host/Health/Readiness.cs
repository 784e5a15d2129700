using Akka.Actor;
using Akka.Hosting;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Host.Configuration;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Host.Health;

/// <summary>Says whether documents would flow: every lane warm, the consumer group joined, every topic there.</summary>
internal sealed class Readiness(IRequiredActor<RecognitionActor> recognition, PipelineStatus pipeline, ServicePlan plan)
{
    // A probe that waits longer than its caller helps nobody.
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Looks once.</summary>
    /// <returns>Why the service is not ready; empty when it is.</returns>
    public async Task<IReadOnlyList<string>> ReasonsAgainstAsync(CancellationToken stop) =>
        [.. await LanesAsync(stop), .. plan.Settings.Streams ? Pipeline(pipeline.Snapshot()) : []];

    private async Task<IEnumerable<string>> LanesAsync(CancellationToken stop)
    {
        try
        {
            var actor = await recognition.GetAsync(stop);
            var status = await actor.Ask<RecognitionProtocol.Status>(RecognitionProtocol.GetStatus.Instance, AskTimeout, stop);
            return Lanes(status);
        }
        catch (AskTimeoutException)
        {
            return [$"the recognition actor did not answer within {AskTimeout.TotalSeconds:0} s"];
        }
    }

    private IEnumerable<string> Lanes(RecognitionProtocol.Status status)
    {
        var severalModels = status.Models.Count > 1;
        var none = plan.Settings.Cluster.Pool is { Infers: false }
            ? "no node with a lane has joined, or none is left"
            : "no lane has started yet";
        foreach (var model in status.Models.Where(model => !status.Lanes.Any(lane => lane.Model == model)))
        {
            yield return severalModels ? $"{none}, for {model}" : none;
            foreach (var refusal in status.Nodes.SelectMany(node => node.Refusals).Where(refusal => refusal.Model == model))
                yield return $"node {refusal.Node} gives no lanes: {refusal.Reason}";
        }

        // A node that is lost is another one's worry, as long as one is left.
        foreach (var lanes in status.Lanes.GroupBy(lane => lane.Model).Where(
            lanes => lanes.All(lane => !lane.IsOwn && lane.State != RecognitionProtocol.LaneState.Ready)))
        {
            yield return $"no lane of any node is ready for {lanes.Key}";
        }

        foreach (var lane in status.Lanes.Where(lane => lane.IsOwn && lane.State != RecognitionProtocol.LaneState.Ready))
        {
            var model = severalModels ? $" of {lane.Model}" : "";
            yield return $"lane {lane.Lane}{model} on {lane.Device} is {lane.State.ToString().ToLowerInvariant()}";
        }
    }

    private static IEnumerable<string> Pipeline(PipelineSnapshot snapshot)
    {
        if (snapshot.State == PipelineState.Restarting)
            yield return $"the pipeline is restarting after: {snapshot.LastFailure}";
        else if (snapshot.State != PipelineState.Running)
            yield return $"the pipeline is {snapshot.State.ToString().ToLowerInvariant()}";
        else if (!snapshot.Joined)
            yield return "the consumer group has not been joined yet";
        if (snapshot is { State: PipelineState.Running, Stalled: { } underWay })
            yield return $"nothing has been finished for {snapshot.SinceProgress.TotalSeconds:0} s; under way: {underWay}";
        if (snapshot.TransactionOverdue)
            yield return $"a transaction has been open for {snapshot.TransactionOpenFor.TotalSeconds:0.0} s, its end is stuck";
        foreach (var partition in snapshot.Partitions)
        {
            if (partition.Unreadable is { } unreadable)
                yield return $"{partition.Topic}/{partition.Partition} stands still: {unreadable}";
        }

        if (snapshot.MissingTopics.Count > 0)
            yield return $"the broker does not know these input topics: {string.Join(", ", snapshot.MissingTopics)}";
    }
}
