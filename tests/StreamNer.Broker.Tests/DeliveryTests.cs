using System.Diagnostics;
using System.Text;
using Confluent.Kafka;
using StreamNer.Inference.Domain;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>What the pipeline promises about each record, seen from outside through a broker.</summary>
public sealed class DeliveryTests(BrokerForTests broker)
{
    [Fact]
    public async Task Key_trace_and_configured_headers_come_out_with_the_event()
    {
        var topics = broker.NewTopics();
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        await using var pipeline =
            await PipelineUnderTest.StartAsync(broker, topics, settings: new() { ["StreamNer:Output:PassHeaders:0"] = "tenant" });

        writer.Write("k", "Ann lives in Rome",
            headers: new Headers { { "traceparent", "00-ab"u8.ToArray() }, { "tenant", "t1"u8.ToArray() }, { "other", [1] } });
        writer.Flush();
        var entityEvent = events.Read(1)[0];

        Assert.Equal("k", entityEvent.Key);
        Assert.Equal("00-ab", entityEvent.Headers["traceparent"]);
        Assert.Equal("t1", entityEvent.Headers["tenant"]);
        Assert.DoesNotContain("other", entityEvent.Headers.Keys);
        Assert.Equal($"{topics.Input}/0/0/0badcafe", entityEvent.Headers["ce_id"]);
        Assert.Equal("Ann", entityEvent.Json.GetProperty("entities")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Moves_past_poison_records_and_dead_letters_each_with_its_reason()
    {
        var topics = broker.NewTopics();
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        using var letters = new TopicReader(broker.BootstrapServers, topics.DeadLetters);
        await using var pipeline = await PipelineUnderTest.StartAsync(
            broker,
            topics,
            document => document.Text == "fails"
                ? new DocumentOutcome.Failed(FailureStage.Infer, FailureCode.InferenceFailed, "the model failed", Attempts: 3)
                : ScriptedRecogniser.FirstWordIsAPerson(document));

        var json = new Headers { { "content-type", "application/json"u8.ToArray() } };
        writer.Write("1", [0xFF]);
        writer.Write("2", "{", headers: json);
        writer.Write("3", "{}", headers: json);
        writer.Write("4", """{"text":1}""", headers: json);
        writer.Write("5", "x", headers: new Headers { { "content-type", "image/png"u8.ToArray() } });
        writer.Write("6", "x", headers: new Headers { { "ce_id", "x"u8.ToArray() } });
        writer.Write("7", "fails");
        writer.Write("8", "Ann goes on");
        writer.Write("9", "");
        writer.Write("10", " \t ");
        writer.Flush();

        var read = letters.Read(7);
        Assert.Equal(
            ["1 read invalid_utf8", "2 read invalid_json", "3 read text_missing", "4 read text_not_string", "5 read unknown_content_type",
                "6 read invalid_cloud_event", "7 infer inference_failed"],
            read.Select(letter => $"{letter.Key} {letter.Headers["streamner.errors.stage"]} {letter.Headers["streamner.errors.code"]}"));
        Assert.Equal("image/png", read[4].Headers["content-type"]);
        Assert.Equal("3", read[6].Headers["streamner.errors.attempts"]);
        Assert.Equal("fails", Encoding.UTF8.GetString(read[6].Value!));
        Assert.Equal(["8", "9", "10"], events.Read(3).Select(entityEvent => entityEvent.Key));

        await pipeline.StopAsync();
        Assert.Equal(10, CommittedOffset.Of(broker.BootstrapServers, topics));
    }

    [Fact]
    public async Task A_value_above_the_limit_is_dead_lettered_whole()
    {
        var topics = broker.NewTopics();
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        using var letters = new TopicReader(broker.BootstrapServers, topics.DeadLetters);
        await using var pipeline = await PipelineUnderTest.StartAsync(broker, topics);

        writer.Write("big", new byte[4_500_000]);
        writer.Write("small", "Ann");
        writer.Flush();

        var letter = letters.Read(1)[0];
        Assert.Equal(("value_too_large", 4_500_000), (letter.Headers["streamner.errors.code"], letter.Value!.Length));
        Assert.Equal("small", events.Read(1)[0].Key);
    }

    [Fact]
    public async Task A_tombstone_passes_through_with_its_key()
    {
        var topics = broker.NewTopics();
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        await using var pipeline = await PipelineUnderTest.StartAsync(broker, topics);

        writer.Write("gone", (byte[]?)null);
        writer.Write(null, "Ann");
        writer.Flush();

        var read = events.Read(2);
        Assert.Equal(("gone", null), (read[0].Key, read[0].Value));
        Assert.Null(read[1].Key);
    }

    [Fact]
    public async Task Keeps_the_order_within_each_partition()
    {
        var topics = broker.NewTopics(partitions: 4);
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        await using var pipeline =
            await PipelineUnderTest.StartAsync(broker, topics, settings: new() { ["StreamNer:Pipeline:MaxBatchRecords"] = "7" });

        for (var i = 0; i < 4000; i++)
            writer.Write($"{i}", i % 50 == 0 ? "" : $"Ann {i}", i % 4);
        writer.Flush();

        var read = events.Read(4000);
        foreach (var partition in read.GroupBy(entityEvent => entityEvent.SourcePartition))
            Assert.Equal(Enumerable.Range(0, 1000).Select(i => (long)i), partition.Select(entityEvent => entityEvent.SourceOffset));
    }

    [Fact]
    public async Task Never_commits_past_an_unfinished_document()
    {
        var topics = broker.NewTopics();
        var gate = new RecogniserGate();
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        await using var pipeline = await PipelineUnderTest.StartAsync(
            broker, topics, gate: gate, settings: new() { ["StreamNer:Kafka:Consumer:auto.commit.interval.ms"] = "10" });
        gate.Open();
        writer.Write("1", "Ann");
        writer.Flush();
        events.Read(1);
        await Eventually.TrueAsync(() => CommittedOffset.Of(broker.BootstrapServers, topics) == 1, "the first record committed");

        gate.Shut();
        writer.Write("2", "Ben");
        writer.Flush();
        await Eventually.TrueAsync(() => gate.HeldDocuments == 1, "the second record asked for");
        writer.Write("3", (byte[]?)null);
        writer.Flush();
        await Eventually.TrueAsync(() => pipeline.Status.Consumed == 3, "the third record behind it");

        // Looked at for many of the client's commit intervals: what must not happen gives no sign.
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMilliseconds(500);)
            Assert.Equal(1, CommittedOffset.Of(broker.BootstrapServers, topics));
        gate.Open();
        events.Read(2);
        await Eventually.TrueAsync(() => CommittedOffset.Of(broker.BootstrapServers, topics) == 3, "all committed");
    }

    [Fact]
    public async Task A_backlog_larger_than_every_bound_comes_through_paused_and_resumed()
    {
        var topics = broker.NewTopics();
        var gate = new RecogniserGate();
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        for (var i = 0; i < 5000; i++)
            writer.Write(null, $"Ann {i}");
        writer.Flush();
        await using var pipeline = await PipelineUnderTest.StartAsync(
            broker,
            topics,
            gate: gate,
            settings: new()
            {
                ["StreamNer:Pipeline:MaxDocumentsInFlight"] = "100",
                ["StreamNer:Pipeline:MaxBatchRecords"] = "30",
                ["StreamNer:Pipeline:PauseAfter"] = "00:00:00.010",
            });
        // Nothing was finished yet, so the bound is where it starts, at 64. Batches may be short, but above this a full one has no room.
        await Eventually.TrueAsync(() => pipeline.Status is { InFlight: > 34, PausedPartitions: 1 }, "the bound reached");

        // Looked at for many times the pause: what must not happen gives no sign.
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMilliseconds(500);)
            Assert.InRange(pipeline.Status.Consumed, 35, 64);

        gate.Open();

        Assert.Equal(Enumerable.Range(0, 5000).Select(i => (long)i), events.Read(5000).Select(entityEvent => entityEvent.SourceOffset));
        Assert.Equal(0, pipeline.Status.OffsetGaps);
    }

    [Fact]
    public async Task Skipped_offsets_are_counted()
    {
        Assert.SkipUnless(broker.IsEmbedded, "only the embedded broker drops records so soon");

        // 12 MB into a partition that keeps 5: the oldest are gone before anybody read them.
        var topics = broker.NewTopics();
        using var writer = new TopicWriter(broker.BootstrapServers, topics.Input);
        using var events = new TopicReader(broker.BootstrapServers, topics.Output);
        await using (var first = await PipelineUnderTest.StartAsync(broker, topics))
        {
            writer.Write(null, "Ann");
            writer.Flush();
            events.Read(1);
        }

        for (var i = 0; i < 120; i++)
        {
            writer.Write(null, new string('x', 100_000));
            writer.Flush();
        }

        await using var pipeline = await PipelineUnderTest.StartAsync(broker, topics);
        await Eventually.TrueAsync(() => pipeline.Status.Published > 0 && pipeline.Status.OffsetGaps > 0, "the gap counted");
        await Eventually.TrueAsync(() => pipeline.Status.Consumed + pipeline.Status.OffsetGaps == 120, "every offset accounted for");
    }
}
