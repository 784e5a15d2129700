using Akka.Actor;
using Akka.Streams.Dsl;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Commit;
using StreamNer.Streams.Reading;
using StreamNer.Streams.Recognition;
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

        static IEnumerable<string> Surfaces(RecognisedBatch batch) =>
            batch.Outcomes.Zip(batch.Read.Documents, (outcome, document) => ((DocumentOutcome.Labelled)outcome).Entities[0].Span.In(document.Text).ToString());
    }

    [Fact]
    public async Task A_batch_without_documents_is_not_asked_for()
    {
        var recognised = await Run(ActorRefs.Nobody, [Read(0, null, null)]);

        Assert.Empty(recognised.Single().Outcomes);
    }

    [Fact]
    public async Task A_document_that_fails_is_a_value()
    {
        var recogniser = Sys.ActorOf(ScriptedRecogniser.Props(_ => new DocumentOutcome.Failed(FailureStage.Infer, FailureCode.InferenceFailed, "no")));

        var recognised = await Run(recogniser, [Read(0, "a")]);

        Assert.IsType<DocumentOutcome.Failed>(recognised.Single().Outcomes.Single());
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

    private ReadBatch Read(long offset, params string?[] texts)
    {
        var batch = Records.Batch(_partition, offset, texts);
        var documents = texts.OfType<string>().Select((text, i) => new Document(new($"{offset + i}"), text)).ToList();
        var next = 0;
        return new ReadBatch(batch, [.. texts.Select(text => text is null ? ReadRecord.Tombstone : new ReadRecord(documents[next++], null))], documents);
    }

    private async Task<IReadOnlyList<RecognisedBatch>> Run(IActorRef recogniser, IEnumerable<ReadBatch> batches, PipelineOptions? options = null)
    {
        try
        {
            return await Source.From(batches)
                .Via(new RecogniseStep(recogniser, options ?? new PipelineOptions()).Flow())
                .RunWith(Sink.Seq<RecognisedBatch>(), Materializer)
                .WaitAsync(Soon, Stop);
        }
        catch (AggregateException wrapped)
        {
            // The stream wraps the failure of a task that has failed before it looks at it; PipelineRunActor unwraps it too.
            throw wrapped.GetBaseException();
        }
    }

    private sealed class Forgetful : ReceiveActor
    {
        public Forgetful() => Receive<RecognitionProtocol.Recognise>(_ => Sender.Tell(new RecognitionProtocol.Recognised([DocumentOutcome.Labelled.Nothing])));
    }
}
