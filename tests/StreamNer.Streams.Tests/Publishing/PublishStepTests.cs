using System.Text;
using Akka.Streams.Dsl;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Publishing;

public sealed class PublishStepTests : StreamTest
{
    private static readonly KafkaOptions Kafka = new() { InputTopics = ["news"] };

    private readonly AssignedPartition _partition = new("news", 0);
    private readonly PipelineStatus _status = new();

    [Fact]
    public async Task Each_record_is_answered_once_and_in_order()
    {
        var publisher = new ScriptedPublisher();

        await Run(publisher, Labelled(0, "a", "b"), Labelled(2, "c"));

        Assert.Equal(["news/0/0", "news/0/1", "news/0/2"], publisher.Taken.Select(record => Header(record, "ce_subject")));
        Assert.Equal(3, _status.Snapshot().Published);
    }

    [Fact]
    public async Task A_batch_leaves_only_after_its_acknowledgement()
    {
        var acknowledge = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = Run(new ScriptedPublisher { Acknowledge = acknowledge.Task }, Labelled(0, "a"));
        Assert.False(running.IsCompleted);

        acknowledge.SetResult();
        Assert.Single(await running);
    }

    [Fact]
    public async Task A_tombstone_passes_through()
    {
        var publisher = new ScriptedPublisher();

        await Run(publisher, Records.Batch(_partition, 0, (string?)null));

        var tombstone = Assert.Single(publisher.Taken);
        Assert.Equal(("entities", "key", null), (tombstone.Topic, Encoding.UTF8.GetString(tombstone.Key!), tombstone.Value));
        Assert.Equal(1, _status.Snapshot().Tombstones);
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_goes_to_the_dead_letter_topic_with_its_reason()
    {
        var publisher = new ScriptedPublisher();
        var batch = Records.Batch(_partition, 42, "{");
        batch.Results[0].Outcome = new DocumentOutcome.Failed(FailureStage.Read, FailureCode.InvalidJson, "no JSON");

        await Run(publisher, batch);

        var letter = Assert.Single(publisher.Taken);
        Assert.Equal("news.dlq", letter.Topic);
        Assert.Equal("{"u8.ToArray(), letter.Value);
        Assert.Equal("no JSON", Header(letter, "__streams.errors.message"));
        Assert.Equal("StreamNer.Read.InvalidJson", Header(letter, "__streams.errors.exception"));
        Assert.Equal(("news", "0", "42"), (Header(letter, "__streams.errors.topic"), Header(letter, "__streams.errors.partition"),
            Header(letter, "__streams.errors.offset")));
        Assert.Equal(("read", "invalid_json", "1"), (Header(letter, "streamner.errors.stage"), Header(letter, "streamner.errors.code"),
            Header(letter, "streamner.errors.attempts")));
        Assert.Equal(1, _status.Snapshot().DeadLettered);
    }

    [Fact]
    public async Task An_event_refused_for_good_becomes_a_dead_letter_and_its_neighbours_stay_events()
    {
        var publisher = new ScriptedPublisher
        {
            Refuse = (record, i) => record.Topic == "entities" && Header(record, "ce_subject") == "news/0/1"
                ? ScriptedPublisher.TooLarge(i, alone: true) : null,
        };

        await Run(publisher, Labelled(0, "a", "b", "c"));

        var letter = Assert.Single(publisher.Taken, record => record.Topic == "news.dlq");
        Assert.Equal(("publish", "event_too_large"), (Header(letter, "streamner.errors.stage"), Header(letter, "streamner.errors.code")));
        Assert.Equal("b"u8.ToArray(), letter.Value);
        Assert.Equal((2L, 1L), (_status.Snapshot().Published, _status.Snapshot().DeadLettered));
    }

    [Fact]
    public async Task An_event_refused_with_its_request_is_sent_again_alone()
    {
        var sent = 0;
        var publisher = new ScriptedPublisher { Refuse = (_, i) => sent++ == 0 ? ScriptedPublisher.TooLarge(i, alone: false) : null };

        await Run(publisher, Labelled(0, "a"));

        Assert.Equal("entities", Assert.Single(publisher.Taken).Topic);
        Assert.Equal(0, _status.Snapshot().DeadLettered);
    }

    [Fact]
    public async Task An_event_refused_alone_as_well_becomes_a_dead_letter_after_two_attempts()
    {
        var publisher = new ScriptedPublisher
        {
            Refuse = (record, i) => record.Topic == "entities"
            ? ScriptedPublisher.TooLarge(i, alone: false) : null
        };

        await Run(publisher, Labelled(0, "a"));

        Assert.Equal("2", Header(Assert.Single(publisher.Taken), "streamner.errors.attempts"));
    }

    [Fact]
    public async Task A_dead_letter_that_is_too_large_goes_without_its_value()
    {
        var publisher =
            new ScriptedPublisher { Refuse = (record, i) => record.Value is null ? null : ScriptedPublisher.TooLarge(i, alone: true) };

        await Run(publisher, Labelled(0, "abc"));

        var letter = Assert.Single(publisher.Taken);
        Assert.Equal("news.dlq", letter.Topic);
        Assert.Equal("3", Header(letter, "streamner.errors.value_bytes"));
    }

    [Fact]
    public async Task A_record_whose_key_alone_is_too_large_leaves_its_place_and_the_reason()
    {
        var publisher =
            new ScriptedPublisher { Refuse = (record, i) => record.Key is null ? null : ScriptedPublisher.TooLarge(i, alone: true) };

        await Run(publisher, Labelled(42, "abc"));

        var letter = Assert.Single(publisher.Taken);
        Assert.Equal(("news.dlq", null), (letter.Topic, letter.Value));
        Assert.Equal("42", Header(letter, "__streams.errors.offset"));
        Assert.Equal("event_too_large", Header(letter, "streamner.errors.code"));
        Assert.Equal("3", Header(letter, "streamner.errors.value_bytes"));
        Assert.Equal("3", Header(letter, "streamner.errors.key_bytes"));
        Assert.Equal("0", Header(letter, "streamner.errors.header_bytes"));
    }

    [Fact]
    public async Task A_dead_letter_that_cannot_be_written_at_all_fails_the_stream()
    {
        var publisher = new ScriptedPublisher { Refuse = (_, i) => ScriptedPublisher.TooLarge(i, alone: true) };

        await AssertFailsAsync(Run(publisher, Labelled(0, "a")));
    }

    [Fact]
    public async Task A_broker_that_does_not_take_a_record_fails_the_stream()
    {
        var publisher = new ScriptedPublisher { Failure = new PublishFailedException("timed out") };

        await AssertFailsAsync(Run(publisher, Labelled(0, "a")));
        Assert.Equal(0, _status.Snapshot().Published);
    }

    [Fact]
    public async Task A_dead_letter_refused_with_its_request_is_sent_again_alone_before_it_goes_without_its_value()
    {
        var sent = 0;
        var publisher = new ScriptedPublisher { Refuse = (_, i) => sent++ == 0 ? ScriptedPublisher.TooLarge(i, alone: false) : null };
        var batch = Records.Batch(_partition, 42, "{");
        batch.Results[0].Outcome = new DocumentOutcome.Failed(FailureStage.Read, FailureCode.InvalidJson, "no JSON");

        await Run(publisher, batch);

        Assert.Equal("{"u8.ToArray(), Assert.Single(publisher.Taken).Value);
    }

    [Fact]
    public async Task Records_of_a_partition_that_is_lost_by_then_are_not_published()
    {
        var publisher = new ScriptedPublisher
        {
            // By place among those sent, which is another one than in the batch.
            Refuse = (record, i) => record.Topic == "entities" && i == 1 ? ScriptedPublisher.TooLarge(i, alone: true) : null,
        };
        var lost = new AssignedPartition("news", 1);
        var builder = new RecordBatch.Builder(4, long.MaxValue);
        builder.Add(Records.Of(lost, 7, "a"u8.ToArray()));
        builder.Add(Records.Of(_partition, 0, "b"u8.ToArray()));
        builder.Add(Records.Of(lost, 8, "c"u8.ToArray()));
        builder.Add(Records.Of(_partition, 1, "d"u8.ToArray()));
        var batch = builder.Build();
        for (var i = 0; i < batch.Count; i++)
        {
            batch.Results[i].Document = new Document(new(batch.Records[i].Place), "text");
            batch.Results[i].Outcome = DocumentOutcome.Labelled.Nothing;
        }

        lost.Release();
        Assert.Single(await Run(publisher, batch));

        Assert.Equal(["news/0/0"], publisher.Taken.Where(record => record.Topic == "entities")
            .Select(record => Header(record, "ce_subject")));
        Assert.Equal("d"u8.ToArray(), Assert.Single(publisher.Taken, record => record.Topic == "news.dlq").Value);
        Assert.Equal((1L, 1L), (_status.Snapshot().Published, _status.Snapshot().DeadLettered));
    }

    [Fact]
    public async Task An_observer_sees_a_batch_once_the_broker_has_it_and_only_while_it_is_watched()
    {
        var acknowledge = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var observer = new Observer();
        var running = Run(new ScriptedPublisher { Acknowledge = acknowledge.Task }, observer, Labelled(0, "a"));
        observer.IsWatched = true;
        Assert.Equal(0, observer.Batches);

        acknowledge.SetResult();
        await running;
        Assert.Equal(1, observer.Batches);

        observer.IsWatched = false;
        await Run(new ScriptedPublisher(), observer, Labelled(1, "a"));
        Assert.Equal(1, observer.Batches);
    }

    private static async Task AssertFailsAsync(Task running)
    {
        var wrapped = await Assert.ThrowsAsync<AggregateException>(() => running);
        Assert.IsType<PublishFailedException>(wrapped.GetBaseException());
    }

    [Theory]
    [InlineData(0.9, "PER,LOC")]
    [InlineData(0.9001, "LOC")]
    [InlineData(0, "PER,LOC,MISC")]
    public void Entities_below_the_least_score_as_it_is_shown_are_left_out(double least, string labels)
    {
        var outcome = new DocumentOutcome.Labelled(
            [new Entity(new(0, 1), "PER", 0.89999f), new Entity(new(1, 2), "LOC", 1f), new Entity(new(2, 3), "MISC", 0.1f)],
            [new LabelledToken(new(0, 1), "O", 0.2f)], 1, false);
        using var composer = new RecordComposer(Kafka, new OutputOptions { MinScore = least }, new ModelIdentity("m", "h"));

        var kept = composer.Kept(outcome);

        Assert.Equal(labels, string.Join(',', kept.Entities.Select(entity => entity.Label)));
        Assert.Single(kept.Tokens);
    }

    [Fact]
    public void A_label_may_have_a_least_score_of_its_own()
    {
        var outcome = new DocumentOutcome.Labelled([new Entity(new(0, 1), "PER", 0.5f), new Entity(new(1, 2), "MISC", 0.5f)], [], 1, false);
        var output = new OutputOptions { MinScore = 0.9, MinScoreOf = new Dictionary<string, double> { ["per"] = 0.4 } };
        using var composer = new RecordComposer(Kafka, output, new ModelIdentity("m", "h"));

        Assert.Equal("PER", Assert.Single(composer.Kept(outcome).Entities).Label);
    }

    [Fact]
    public void A_least_score_that_is_none_is_refused_with_its_key()
    {
        var output = new OutputOptions { MinScore = 1.5, MinScoreOf = new Dictionary<string, double> { ["PER"] = double.NaN } };

        Assert.Equal(
            ["StreamNer:Output:MinScore is 1.5, it must be between 0 and 1",
                "StreamNer:Output:MinScoreOf:PER is NaN, it must be between 0 and 1"],
            output.Problems());
    }

    [Fact]
    public async Task What_is_left_out_is_in_no_event_and_not_counted()
    {
        var batch = Labelled(0, "Sarah");
        batch.Results[0].Outcome = new DocumentOutcome.Labelled([new Entity(new(0, 5), "PER", 0.5f)], [], 1, false);
        var publisher = new ScriptedPublisher();

        var done = await Run(publisher, null, new OutputOptions { MinScore = 0.9 }, batch);

        Assert.Contains("\"entities\":[]", Encoding.UTF8.GetString(Assert.Single(publisher.Taken).Value!), StringComparison.Ordinal);
        Assert.Empty(Assert.IsType<DocumentOutcome.Labelled>(done[0].Results[0].Outcome).Entities);
    }

    private RecordBatch Labelled(long offset, params string[] texts)
    {
        var batch = Records.Batch(_partition, offset, texts);
        for (var i = 0; i < texts.Length; i++)
        {
            batch.Results[i].Document = new Document(new($"news/0/{offset + i}"), texts[i]);
            batch.Results[i].Outcome = DocumentOutcome.Labelled.Nothing;
        }

        return batch;
    }

    private Task<IReadOnlyList<RecordBatch>> Run(IEventPublisher publisher, params RecordBatch[] batches) => Run(publisher, null, batches);

    private Task<IReadOnlyList<RecordBatch>> Run(IEventPublisher publisher, IPublishedObserver? observer, params RecordBatch[] batches) =>
        Run(publisher, observer, new OutputOptions(), batches);

    private async Task<IReadOnlyList<RecordBatch>> Run(
        IEventPublisher publisher, IPublishedObserver? observer, OutputOptions output, params RecordBatch[] batches)
    {
        using var telemetry = new StreamsTelemetry(_status, Kafka);
        using var composer = new RecordComposer(Kafka, output, new ModelIdentity("m", "h"));
        return await Source.From(batches)
            .Via(new PublishStep(publisher, composer, telemetry, observer).Flow())
            .RunWith(Sink.Seq<RecordBatch>(), Materializer)
            .WaitAsync(Soon, Stop);
    }

    private static string? Header(OutgoingRecord record, string key) =>
        record.Headers.Where(header => header.Key == key).Select(header => Encoding.UTF8.GetString(header.Value!)).SingleOrDefault();

    private sealed class Observer : IPublishedObserver
    {
        public bool IsWatched { get; set; }

        public int Batches { get; private set; }

        public void Published(RecordBatch batch) => Batches++;
    }
}
