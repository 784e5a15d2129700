using Akka.Actor;
using Akka.Streams.Dsl;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Pipeline;
using StreamNer.Streams.Recognition;
using StreamNer.Streams.Wire;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Streams.Tests.Recognition;

public sealed class RecogniseStepTests : StreamTest
{
    private readonly AssignedPartition _partition = new("news", 0);

    [Fact]
    public async Task Outcomes_belong_to_their_documents_and_batches_keep_their_order()
    {
        var batches = Enumerable.Range(0, 50).Select(i => Read(i * 2L, $"a{i}", $"b{i}"));

        var recognised = await Run(Sys.ActorOf(ScriptedRecogniser.Props()), batches);

        Assert.Equal(Enumerable.Range(0, 50).SelectMany(i => new[] { $"a{i}", $"b{i}" }), recognised.SelectMany(Surfaces));

        static IEnumerable<string> Surfaces(RecordBatch batch) => batch.Results.ToArray()
            .Select(result => ((DocumentOutcome.Labelled)result.Outcome!).Entities[0].Span.In(result.Document!.Text).ToString());
    }

    [Fact]
    public async Task A_batch_without_documents_is_not_asked_for()
    {
        var recognised = await Run(ActorRefs.Nobody, [Read(0, null, null)]);

        Assert.All(recognised.Single().Results.ToArray(), result => Assert.Null(result.Outcome));
    }

    [Fact]
    public async Task A_document_that_fails_is_a_value()
    {
        var recogniser =
            Sys.ActorOf(ScriptedRecogniser.Props(_ => new DocumentOutcome.Failed(FailureStage.Infer, FailureCode.InferenceFailed, "no")));

        var recognised = await Run(recogniser, [Read(0, "a")]);

        Assert.IsType<DocumentOutcome.Failed>(recognised.Single().Results[0].Outcome);
    }

    [Fact]
    public async Task A_recogniser_that_stops_ends_the_stream_so_that_nothing_is_dead_lettered()
    {
        var recogniser = Sys.ActorOf(ScriptedRecogniser.Props(ScriptedRecogniser.Stops));

        await Assert.ThrowsAsync<RecogniserBrokenException>(() => Run(recogniser, [Read(0, "a")]));
    }

    [Fact]
    public async Task A_recogniser_that_does_not_answer_ends_the_stream_with_the_limit_in_its_message()
    {
        var silent = Sys.ActorOf(ScriptedRecogniser.Props(gate: new RecogniserGate()));

        var broken = await Assert.ThrowsAsync<RecogniserBrokenException>(
            () => Run(silent, [Read(0, "a")], new PipelineOptions { AskTimeout = TimeSpan.FromMilliseconds(50) }));

        Assert.Contains("StreamNer:Pipeline:AskTimeout", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_is_waited_for_as_long_as_something_is_computed()
    {
        var clock = new ManualClock();
        var recogniser = CreateTestProbe();
        var run = Run([Read(0, "a")], new RecogniseStep(recogniser, maxBatches: 1, TimeSpan.FromMinutes(10), "AskTimeout", clock: clock));
        var question = await recogniser.ExpectMsgAsync<RecognitionProtocol.Recognise>(cancellationToken: Stop);

        clock.Advance(TimeSpan.FromMinutes(9));
        question.Progress!.Advance();
        clock.Advance(TimeSpan.FromMinutes(9));
        recogniser.Reply(new RecognitionProtocol.Recognised([DocumentOutcome.Labelled.Nothing]));

        Assert.Single(await run);
    }

    [Fact]
    public async Task A_recogniser_that_answers_for_fewer_documents_ends_the_stream()
    {
        var recogniser = Sys.ActorOf(Props.Create(() => new Forgetful()));

        await Assert.ThrowsAsync<RecogniserBrokenException>(() => Run(recogniser, [Read(0, "a", "b")]));
    }

    [Fact]
    public async Task No_more_batches_are_asked_for_than_the_bound_allows()
    {
        var gate = new RecogniserGate();
        var running = Run(
            Sys.ActorOf(ScriptedRecogniser.Props(gate: gate)),
            Enumerable.Range(0, 20).Select(i => Read(i, "a")),
            new PipelineOptions { MaxBatchesInRecognition = 3 });
        await Eventually.TrueAsync(() => gate.HeldDocuments == 3, "three batches asked for");

        Assert.Equal(3, gate.HeldDocuments);
        gate.Open();
        Assert.Equal(20, (await running).Count);
    }

    [Fact]
    public async Task What_an_ended_graph_has_asked_is_called_back()
    {
        var asked = new TaskCompletionSource<RecognitionProtocol.Recognise>();
        var silent = Sys.ActorOf(Props.Create(() => new Noting(asked)));
        using var ended = new CancellationTokenSource();
        var run = Run([Read(0, "a")], new RecogniseStep(silent, maxBatches: 1, TimeSpan.FromHours(1), "AskTimeout", ended: ended.Token));
        var question = await asked.Task.WaitAsync(Soon, Stop);
        Assert.False(question.CalledBack.IsCancellationRequested);

        await ended.CancelAsync();

        Assert.True(question.CalledBack.IsCancellationRequested);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    private RecordBatch Read(long offset, params string?[] texts)
    {
        var batch = Records.Batch(_partition, offset, texts);
        for (var i = 0; i < texts.Length; i++)
        {
            if (texts[i] is { } text)
                batch.Results[i].Document = new Document(new($"{offset + i}"), text);
        }

        return batch;
    }

    private Task<IReadOnlyList<RecordBatch>> Run(IActorRef recogniser, IEnumerable<RecordBatch> batches, PipelineOptions? options = null)
    {
        options ??= new PipelineOptions();
        return Run(
            batches, new RecogniseStep(recogniser, options.MaxBatchesInRecognition, options.AskTimeout, "StreamNer:Pipeline:AskTimeout"));
    }

    private async Task<IReadOnlyList<RecordBatch>> Run(IEnumerable<RecordBatch> batches, RecogniseStep step)
    {
        try
        {
            return await Source.From(batches)
                .Via(step.Flow())
                .RunWith(Sink.Seq<RecordBatch>(), Materializer)
                .WaitAsync(Soon, Stop);
        }
        catch (AggregateException wrapped)
        {
            // The stream wraps the failure of a task that has failed before it looks at it; PipelineRunActor unwraps it too.
            throw wrapped.GetBaseException();
        }
    }

    private sealed class Noting : ReceiveActor
    {
        public Noting(TaskCompletionSource<RecognitionProtocol.Recognise> asked) => Receive<RecognitionProtocol.Recognise>(asked.SetResult);
    }

    private sealed class Forgetful : ReceiveActor
    {
        public Forgetful() => Receive<RecognitionProtocol.Recognise>(_ =>
            Sender.Tell(new RecognitionProtocol.Recognised([DocumentOutcome.Labelled.Nothing])));
    }
}
