using System.Globalization;
using System.Text.Json.Serialization;
using Akka.Hosting;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Host.Configuration;
using StreamNer.Host.Observability;
using StreamNer.Inference;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Host.Web;

/// <summary><c>GET /info</c>: what runs here. Never holds passwords: of the Kafka settings only addresses and topics are shown.</summary>
internal sealed class InfoEndpoint(ServicePlan plan, PipelineStatus pipeline, IRequiredActor<RecognitionActor> recognition,
    TimeProvider clock)
{
    private readonly DateTimeOffset _started = clock.GetUtcNow();

    private sealed record Answer(string Product, string Version, string Started, double UptimeSeconds, ModelPart Model,
        IReadOnlyList<ModelPart> Models, RulesPart? Rules, IReadOnlyList<LanePart> Lanes,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] StatusCluster? Cluster,
        KafkaPart Kafka, PipelinePart Pipeline);

    private sealed record ModelPart(string Name, string Hash, string Family, IReadOnlyList<string> Labels, int MaxPieces, string Precision,
        long SizeBytes);

    private sealed record RulesPart(string Name, string Hash, int Rules, string Conflict);

    private sealed record LanePart(string Model,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Node, int Lane,
        string Device, string State, int Restarts);

    private sealed record KafkaPart(string Broker, string BootstrapServers, string GroupId, IReadOnlyList<string> InputTopics,
        string OutputTopic, IReadOnlyList<string> DeadLetterTopics);

    private sealed record PipelinePart(string State, long Consumed, long Published, long Tombstones, long DeadLettered, long OffsetGaps,
        int InFlight, int Restarts);

    /// <summary>Answers one request.</summary>
    public async Task<IResult> HandleAsync(CancellationToken stop)
    {
        var (kafka, snapshot) = (plan.Settings.Kafka, pipeline.Snapshot());
        var status = await recognition.AskStatusAsync(stop);
        ModelPart[] models = [.. plan.Models.Select(Part)];
        return TypedResults.Json(new Answer(
            "StreamNer",
            ProductVersion.Text,
            _started.ToString("O", CultureInfo.InvariantCulture),
            Math.Round((clock.GetUtcNow() - _started).TotalSeconds, 1),
            models[0],
            models,
            plan.Rules is { } rules ? new RulesPart(rules.Name, rules.Hash, rules.Count, rules.Options.Conflict.ToString()) : null,
            [.. status.Lanes.Select(Part)],
            StatusCluster.Of(status.Nodes),
            new KafkaPart(
                kafka.Broker.ToString(), kafka.BootstrapServers, kafka.GroupId, kafka.InputTopics, kafka.OutputTopic,
                [.. kafka.InputTopics.Select(DeadLetterTopic).Distinct(StringComparer.Ordinal)]),
            new PipelinePart(
                snapshot.State.ToString(), snapshot.Consumed, snapshot.Published, snapshot.Tombstones, snapshot.DeadLettered,
                snapshot.OffsetGaps, snapshot.InFlight, snapshot.Restarts)));

        string DeadLetterTopic(string input) =>
            TopicSelection.IsPattern(input) ? kafka.DeadLetterTopic : kafka.DeadLetterTopicOf(input);
    }

    private static ModelPart Part(ServedModel served)
    {
        var model = served.Folder.Description;
        return new ModelPart(served.Name, model.Hash, model.Family, model.Labels, model.MaxPieces, model.Precision, model.SizeBytes);
    }

    private static LanePart Part(RecognitionProtocol.LaneStatus lane) => new(
        lane.Model, lane.IsOwn ? null : lane.Node, lane.Lane, lane.Device, lane.State.ToString(), lane.Restarts);
}
