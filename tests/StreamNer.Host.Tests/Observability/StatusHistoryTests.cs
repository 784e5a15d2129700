using StreamNer.Actors.Pool;
using StreamNer.Host.Observability;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;
using StreamNer.TestSupport;

namespace StreamNer.Host.Tests.Observability;

/// <summary>Fed by the instruments that the service itself writes to.</summary>
public sealed class StatusHistoryTests : IDisposable
{
    private static readonly DocumentOutcome.Failed TooLong = new(FailureStage.Tokenize, FailureCode.TextTooLong, "too long");

    private readonly ManualClock _clock = new();
    private readonly PipelineStatus _pipeline = new();
    private readonly StreamsTelemetry _telemetry;
    private readonly ServiceMeters _meters;
    private readonly StatusHistory _history;

    public StatusHistoryTests()
    {
        _telemetry = new StreamsTelemetry(_pipeline, new KafkaOptions { InputTopics = ["documents"] });
        _meters = new ServiceMeters(_pipeline);
        _history = new StatusHistory(_meters, _pipeline, _clock);
        _ = _history.StartAsync(CancellationToken.None);
    }

    public void Dispose()
    {
        _history.Dispose();
        _meters.Dispose();
        _telemetry.Dispose();
    }

    [Fact]
    public void A_point_holds_the_rates_of_its_five_seconds()
    {
        Publish(documents: 10, entitiesEach: 3);
        _clock.Advance(StatusHistory.Interval);
        Publish(documents: 5, entitiesEach: 1, TooLong);
        _clock.Advance(StatusHistory.Interval);

        var (first, second) = (_history.Points[0], _history.Points[1]);
        Assert.Equal((2, 6, 0), (first.DocumentsPerSecond, first.EntitiesPerSecond, first.DeadLettersPerSecond));
        Assert.Equal((1, 1, 0.2), (second.DocumentsPerSecond, second.EntitiesPerSecond, second.DeadLettersPerSecond));
        Assert.Equal(second.Time, first.Time + StatusHistory.Interval);
    }

    [Fact]
    public void A_point_of_a_node_tells_what_went_to_others_and_came_back_in_its_five_seconds()
    {
        using var history = new StatusHistory(_meters, _pipeline, _clock) { IsNode = true };
        _ = history.StartAsync(CancellationToken.None);
        for (var i = 0; i < 10; i++)
            PoolTelemetry.BatchScored("a", TimeSpan.FromMilliseconds(250));
        PoolTelemetry.BatchesGivenBack("a", 5);
        PoolTelemetry.Sent(5_000);
        PoolTelemetry.Received(400);
        _clock.Advance(StatusHistory.Interval * 2);

        var (first, second) = (history.Points[0].Pool!, history.Points[1].Pool!);
        Assert.Equal((2, 1, 1_000, 80),
            (first.BatchesPerSecond, first.GivenBackPerSecond, first.SentBytesPerSecond, first.ReceivedBytesPerSecond));
        Assert.InRange(first.RoundTripSeconds.P95!.Value, 0.2, 0.3);
        Assert.Equal(new StatusPool(StatusLatency.None, 0, 0, 0, 0), second);
    }

    [Fact]
    public void A_point_of_a_service_that_is_no_node_tells_of_none()
    {
        _clock.Advance(StatusHistory.Interval);

        Assert.Null(_history.Points[0].Pool);
    }

    [Fact]
    public void Latency_is_that_of_the_interval_and_null_when_nothing_came_through()
    {
        Publish(documents: 10, entitiesEach: 0);
        _clock.Advance(StatusHistory.Interval * 2);

        Assert.InRange(_history.Points[0].LatencySeconds.P99!.Value, 0, 60);
        Assert.Equal(StatusLatency.None, _history.Points[1].LatencySeconds);
        Assert.Equal(0, _history.Points[1].DocumentsPerSecond);
    }

    [Fact]
    public void The_oldest_point_goes_when_the_history_is_full()
    {
        _clock.Advance(StatusHistory.Interval * (StatusHistory.MaxPoints + 20));

        Assert.Equal(StatusHistory.MaxPoints, _history.Points.Count);
        Assert.Equal(DateTimeOffset.UnixEpoch + StatusHistory.Interval * 21, _history.Points[0].Time);
    }

    [Fact]
    public void Before_the_first_point_the_rates_are_those_since_the_start()
    {
        Publish(documents: 10, entitiesEach: 0);
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Empty(_history.Points);
        Assert.Equal(5, _history.Now().DocumentsPerSecond);
    }

    [Fact]
    public void What_waits_is_told_as_of_now_while_rates_are_those_of_the_last_interval()
    {
        Publish(documents: 10, entitiesEach: 0);
        _clock.Advance(StatusHistory.Interval);
        _pipeline.Assigned([new PartitionSnapshot("documents", 0, Committable: 3, Position: 5, Lag: 7),
            new PartitionSnapshot("documents", 1, null, null, null)]);

        var now = _history.Now();
        Assert.Equal(2, now.DocumentsPerSecond);
        Assert.Equal(7, now.Lag);
        Assert.Null(_history.Points[0].Lag);
    }

    [Fact]
    public void Dead_letters_are_counted_by_stage_and_code()
    {
        Publish(documents: 0, entitiesEach: 0, TooLong, TooLong);

        Assert.Equal(2, _meters.Read().DeadLetters[new DeadLetterKind("tokenize", "text_too_long")]);
    }

    [Fact]
    public void Another_pipeline_in_the_same_process_is_not_counted()
    {
        using var other = new StreamsTelemetry(new PipelineStatus(), new KafkaOptions { InputTopics = ["documents"] });
        other.BatchPublished(Published(10, 3));

        Assert.Equal(0, _meters.Read().Entities);
    }

    private void Publish(int documents, int entitiesEach, params DocumentOutcome.Failed[] failures) =>
        _telemetry.BatchPublished(Published(documents, entitiesEach, failures));

    private static RecordBatch Published(int documents, int entitiesEach, params DocumentOutcome.Failed[] failures)
    {
        var labelled = new DocumentOutcome.Labelled([.. Enumerable.Repeat(new Entity(new TextSpan(0, 1), "PER", 1), entitiesEach)], [],
            Windows: 1, Truncated: false);
        DocumentOutcome[] outcomes = [.. Enumerable.Repeat(labelled, documents), .. failures];
        var partition = new AssignedPartition("documents", 0);
        var builder = new RecordBatch.Builder(outcomes.Length, long.MaxValue);
        for (var i = 0; i < outcomes.Length; i++)
            builder.Add(new KafkaRecord(partition, i, null, "text"u8.ToArray(), [], null));
        var batch = builder.Build();
        for (var i = 0; i < outcomes.Length; i++)
        {
            batch.Results[i] = new RecordResult
            {
                Document = new Document(new DocumentId($"{i}"), "text"),
                Outcome = outcomes[i],
                Answer = new OutgoingRecord(outcomes[i] is DocumentOutcome.Failed ? "documents.dlq" : "entities", null, null, []),
            };
        }

        return batch;
    }
}
