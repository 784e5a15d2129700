using Akka.Hosting;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Host.Observability;

/// <summary><c>GET /v1/status</c>: the numbers behind the health page and <c>streamner top</c>.</summary>
internal sealed class StatusEndpoint(
    StatusHistory history, ServiceMeters meters, PipelineStatus pipeline, IRequiredActor<RecognitionActor> recognition, TimeProvider clock)
{
    /// <summary>Answers one request.</summary>
    public async Task<IResult> HandleAsync(CancellationToken stop)
    {
        var (snapshot, reading) = (pipeline.Snapshot(), meters.Read());
        var status = await recognition.AskStatusAsync(stop);
        return TypedResults.Json(new ServiceStatus(
            clock.GetUtcNow(),
            StatusHistory.Interval.TotalSeconds,
            history.Now(),
            history.Points,
            [.. snapshot.Partitions.Select(partition =>
                new StatusPartition(partition.Topic, partition.Partition, partition.Lag, partition.Position, partition.Committable))],
            [.. status.Lanes.Select(Part)],
            [
                .. reading.DeadLetters
                    .OrderBy(kind => kind.Key.Stage, StringComparer.Ordinal).ThenBy(kind => kind.Key.Code, StringComparer.Ordinal)
                    .Select(kind => new StatusDeadLetters(kind.Key.Stage, kind.Key.Code, kind.Value)),
            ],
            new StatusTotals(snapshot.Consumed, snapshot.Published, reading.Entities, snapshot.DeadLettered, snapshot.Tombstones,
                snapshot.Restarts))
        {
            Cluster = StatusCluster.Of(status.Nodes),
        });
    }

    // Another node's lanes have the same numbers.
    private StatusLane Part(RecognitionProtocol.LaneStatus lane) => new(
        lane.Model, lane.Lane, lane.Device, lane.State.ToString(), lane.Restarts,
        lane.IsOwn ? history.BusyRatio(new LaneKey(lane.Model, lane.Lane)) : null)
    {
        Node = lane.IsOwn ? null : lane.Node,
    };
}
