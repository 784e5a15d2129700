using Akka.Actor;
using Akka.TestKit.Xunit;
using StreamNer.Actors.Devices;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Windows;
using StreamNer.TestSupport.Actors;
using StreamNer.TestSupport.Inference;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Tests.Supervision;

public class RecognitionActorTests() : TestKit(TestSetup.AkkaConf)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Every_document_is_labelled_and_answered_in_its_place()
    {
        var texts = Enumerable.Range(0, 200).Select(i => $"this is Name{i} of {new string('x', i % 30)}").ToArray();
        var outcomes = await Ask(TestSetup.Of(lanes: 2), texts);
        for (var i = 0; i < texts.Length; i++)
        {
            var entity = Assert.Single(Assert.IsType<DocumentOutcome.Labelled>(outcomes[i]).Entities);
            Assert.Equal($"Name{i}", entity.Span.In(texts[i]).ToString());
        }
    }

    [Fact]
    public async Task A_question_without_documents_is_answered_at_once() => Assert.Empty(await Ask(TestSetup.Of()));

    [Fact]
    public async Task A_text_without_words_is_labelled_with_nothing() =>
        Assert.Equal(DocumentOutcome.Labelled.Nothing, Assert.Single(await Ask(TestSetup.Of(), "  ")));

    [Fact]
    public async Task A_document_longer_than_a_window_and_than_the_queue_comes_out_whole()
    {
        var text = string.Join(' ', Enumerable.Range(0, 5_000).Select(i => i % 10 == 0 ? "Anna" : "word"));
        var outcomes = await Ask(TestSetup.Of(), text, "After it");
        Assert.Equal(500, Assert.IsType<DocumentOutcome.Labelled>(outcomes[0]).Entities.Length);
        Assert.Single(Assert.IsType<DocumentOutcome.Labelled>(outcomes[1]).Entities);
    }

    [Fact]
    public async Task A_failure_that_passes_leaves_no_trace()
    {
        var runs = 0;
        var outcomes = await Ask(TestSetup.Of((_, _) => Failing(_ =>
        {
            if (++runs % 2 == 1)
                throw new InferenceException("memory is short", isTransient: true);
        })), "Anna", "Bert", "Carl");
        Assert.All(outcomes, outcome => Assert.Single(Assert.IsType<DocumentOutcome.Labelled>(outcome).Entities));
    }

    [Fact]
    public async Task A_document_that_always_fails_becomes_a_value_and_its_neighbours_are_labelled()
    {
        var outcomes = await Ask(TestSetup.Of((_, _) => Failing(batch =>
        {
            if (batch.Windows.Any(window => window.Owner.Document.Text == "Poison"))
                throw new InferenceException("an index is out of range", isTransient: true);
        })), "Anna", "Poison", "Carl");

        Assert.IsType<DocumentOutcome.Labelled>(outcomes[0]);
        Assert.IsType<DocumentOutcome.Labelled>(outcomes[2]);
        var failed = Assert.IsType<DocumentOutcome.Failed>(outcomes[1]);
        Assert.Equal((FailureStage.Infer, FailureCode.InferenceFailed), (failed.Stage, failed.Code));
        Assert.True(failed.Attempts > 1);
        Assert.Contains("out of range", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_that_breaks_the_tokenizer_becomes_a_value_and_its_neighbours_are_labelled()
    {
        var setup = TestSetup.Of() with
        {
            CreateTokenizer = () =>
            new DocumentTokenizer(new BreakingTokenizer(), 16, new WindowOptions { OverlapPieces = 2 })
        };
        var outcomes = await Ask(setup, "Anna", "BREAK", "Carl");
        Assert.IsType<DocumentOutcome.Labelled>(outcomes[0]);
        Assert.IsType<DocumentOutcome.Labelled>(outcomes[2]);
        Assert.Equal(FailureCode.TokenizerFailed, Assert.IsType<DocumentOutcome.Failed>(outcomes[1]).Code);
    }

    [Fact]
    public async Task The_batch_of_a_lost_lane_goes_to_another()
    {
        var setup = TestSetup.Of((lane, _) => lane.Lane == 0
            ? Failing(_ => throw new InferenceException("device lost", isTransient: false)) : TestSetup.Capitals(), lanes: 2)
            with
        { Options = new RecognitionOptions { MaxRestarts = 0 } };
        var outcomes = await Ask(setup, [.. Enumerable.Repeat("Anna lives here", 100)]);
        Assert.All(outcomes, outcome => Assert.IsType<DocumentOutcome.Labelled>(outcome));
    }

    [Fact]
    public async Task A_lost_lane_is_started_again_and_goes_on()
    {
        var setup = TestSetup.Of((_, start) => start == 1 ? Failing(_ => throw new InferenceException("device lost", isTransient: false))
            : TestSetup.Capitals());
        Assert.IsType<DocumentOutcome.Labelled>(Assert.Single(await Ask(setup, "Anna")));
        Assert.Equal(2, ((ScriptedClassifiers)setup.Classifiers).Starts(0));
    }

    [Fact]
    public async Task A_document_that_loses_one_lane_after_the_other_fails_alone()
    {
        var outcomes = await Ask(TestSetup.Of((_, _) => Failing(batch =>
        {
            if (batch.Windows.Any(window => window.Owner.Document.Text == "Poison"))
                throw new InferenceException("device lost", isTransient: false);
        })), "Anna", "Poison", "Carl");
        Assert.IsType<DocumentOutcome.Labelled>(outcomes[0]);
        Assert.IsType<DocumentOutcome.Labelled>(outcomes[2]);
        Assert.Equal(FailureCode.LaneLost, Assert.IsType<DocumentOutcome.Failed>(outcomes[1]).Code);
    }

    [Fact]
    public async Task A_long_document_whose_every_window_loses_a_lane_fails_alone_too()
    {
        var setup = TestSetup.Of((_, _) => Failing(batch =>
        {
            if (batch.Windows.Any(window => window.Owner.Document.Text.StartsWith("Poison", StringComparison.Ordinal)))
                throw new InferenceException("device lost", isTransient: false);
        })) with
        {
            Options = new RecognitionOptions { MaxRestarts = 8, RestartMinBackoff = TimeSpan.FromMilliseconds(1) },
        };
        var outcomes = await Ask(setup, "Anna", string.Join(' ', Enumerable.Repeat("Poison", 500)), "Carl");
        Assert.IsType<DocumentOutcome.Labelled>(outcomes[0]);
        Assert.IsType<DocumentOutcome.Labelled>(outcomes[2]);
        Assert.Equal(FailureCode.LaneLost, Assert.IsType<DocumentOutcome.Failed>(outcomes[1]).Code);
    }

    [Fact]
    public async Task When_every_lane_is_lost_the_process_ends_with_70()
    {
        var setup = TestSetup.Of((_, _) => Failing(_ => throw new InferenceException("device lost", isTransient: false)), lanes: 2) with
        {
            Options = new RecognitionOptions { MaxRestarts = 1, RestartMinBackoff = TimeSpan.FromMilliseconds(1), MaxLaneLosses = 100 },
        };
        Start(setup).Tell(new Recognise([.. Enumerable.Range(0, 50).Select(i => Doc(i, "Anna"))]), TestActor);
        await Sys.WhenTerminated.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(70, Assert.IsType<DevicesLost>(CoordinatedShutdown.Get(Sys).ShutdownReason).ExitCode);
    }

    [Fact]
    public async Task When_the_model_can_not_be_loaded_the_process_ends_with_3()
    {
        Start(TestSetup.Of((_, _) => throw new ModelLoadException("models/x", ["model.onnx is broken"])));
        await Sys.WhenTerminated.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(3, Assert.IsType<ModelUnusable>(CoordinatedShutdown.Get(Sys).ShutdownReason).ExitCode);
    }

    [Fact]
    public async Task Questions_that_are_open_when_recognition_stops_are_told_so()
    {
        using var release = new ManualResetEventSlim();
        var actor = Start(TestSetup.Of((_, _) => Failing(_ => release.Wait(Timeout.InfiniteTimeSpan))));
        try
        {
            // The actor reads this before the stop, which goes into the same mailbox: the question is open when it stops.
            var answer = actor.Ask<IReply>(new Recognise([Doc(0, "Anna")]), Patience);
            await actor.Ask<RecognitionProtocol.Status>(GetStatus.Instance, Patience);

            // Not Sys.Stop, which asks the guardian to stop it: the lane's answer could overtake that.
            ((IInternalActorRef)actor).Stop();
            release.Set();
            await Assert.ThrowsAsync<RecognitionStoppedException>(() => answer);
        }
        finally
        {
            release.Set();
        }
    }

    [Fact]
    public async Task The_status_is_ready_once_every_lane_is_warm()
    {
        using var warm = new ManualResetEventSlim();
        var actor =
            Start(TestSetup.Of((lane, _) =>
                new ScriptedClassifier(2, _ => 0) { BeforeWarmUp = () => { if (lane.Lane == 1) warm.Wait(Patience); } }, lanes: 2));
        Assert.False((await actor.Ask<RecognitionProtocol.Status>(GetStatus.Instance, Patience)).Ready);
        warm.Set();
        await AwaitAssertAsync(async () => Assert.True((await actor.Ask<RecognitionProtocol.Status>(GetStatus.Instance, Patience)).Ready));
    }

    [Fact]
    public async Task A_run_blocks_a_thread_of_its_own_and_none_of_the_shared_pool()
    {
        var pooled = true;
        await Ask(TestSetup.Of((_, _) => Failing(_ => pooled = Thread.CurrentThread.IsThreadPoolThread)), "Anna");
        Assert.False(pooled);
    }

    private static ScriptedClassifier Failing(Action<TokenBatch> before) =>
        new(2, id => char.IsAsciiLetterUpper((char)id) ? 1 : 0) { BeforeRun = before };

    private static Document Doc(int i, string text) => new(new DocumentId($"d{i}"), text);

    private IActorRef Start(RecognitionSetup setup) => RecognitionRegistration.Start(Sys, new EnsembleSetup { Models = [setup] });

    private async Task<IReadOnlyList<DocumentOutcome>> Ask(RecognitionSetup setup, params string[] texts)
    {
        var reply = await Start(setup).Ask<IReply>(new Recognise([.. texts.Select((text, i) => Doc(i, text))]), Patience);
        return Assert.IsType<Recognised>(reply).Outcomes;
    }

    private sealed class BreakingTokenizer : IPieceTokenizer
    {
        private readonly WordTokenizer _words = new();

        public int VocabularySize => _words.VocabularySize;

        public SpecialPieces Special => _words.Special;

        public int? MaxPieces => null;

        public IPieceEncoder CreateEncoder() => new Encoder(_words.CreateEncoder());

        private sealed class Encoder(IPieceEncoder inner) : IPieceEncoder
        {
            public void Encode(ReadOnlySpan<char> text, PieceBuffer pieces)
            {
                if (text is "BREAK")
                    throw new InvalidOperationException("a bug");
                inner.Encode(text, pieces);
            }
        }
    }
}
