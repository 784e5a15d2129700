using Akka.Actor;
using Akka.Hosting;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Host.Observability;

/// <summary><c>GET /v1/status</c>: the numbers behind the health page and <c>streamner top</c>.</summary>
internal sealed class StatusEndpoint(
    StatusHistory history, ServiceMeters meters, PipelineStatus pipeline, IRequiredActor<RecognitionActor> recognition, TimeProvider clock)
{
    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Answers one request.</summary>
    public async Task<IResult> HandleAsync(CancellationToken stop)
    {
        var (snapshot, reading) = (pipeline.Snapshot(), meters.Read());
        return TypedResults.Json(new ServiceStatus(
            clock.GetUtcNow(),
            StatusHistory.Interval.TotalSeconds,
            history.Now(),
            history.Points,
            [.. snapshot.Partitions.Select(partition =>
                new StatusPartition(partition.Topic, partition.Partition, partition.Lag, partition.Position, partition.Committable))],
            await LanesAsync(stop),
            [
                .. reading.DeadLetters
                    .OrderBy(kind => kind.Key.Stage, StringComparer.Ordinal).ThenBy(kind => kind.Key.Code, StringComparer.Ordinal)
                    .Select(kind => new StatusDeadLetters(kind.Key.Stage, kind.Key.Code, kind.Value)),
            ],
            new StatusTotals(snapshot.Consumed, snapshot.Published, reading.Entities, snapshot.DeadLettered, snapshot.Tombstones,
                snapshot.Restarts)));
    }

    private async Task<IReadOnlyList<StatusLane>> LanesAsync(CancellationToken stop)
    {
        try
        {
            var actor = await recognition.GetAsync(stop);
            var status = await actor.Ask<RecognitionProtocol.Status>(RecognitionProtocol.GetStatus.Instance, StatusTimeout, stop);
            return [.. status.Lanes.Select(lane => new StatusLane(
                lane.Model, lane.Lane, lane.Device, lane.State.ToString(), lane.Restarts,
                    history.BusyRatio(new LaneKey(lane.Model, lane.Lane))))];
        }
        catch (AskTimeoutException)
        {
            // The rest is worth knowing all the more.
            return [];
        }
    }
}
