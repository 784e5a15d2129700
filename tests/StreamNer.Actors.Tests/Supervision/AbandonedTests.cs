using System.Collections.Concurrent;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Tokenization;
using StreamNer.Inference.Windows;
using StreamNer.TestSupport.Actors;
using StreamNer.TestSupport.Inference;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Tests.Supervision;

/// <summary>What nobody waits for any more. The lane stands still until a test lets it go; timers go by virtual time.</summary>
public sealed class AbandonedTests()
    : TestKit(TestSetup.AkkaConf + "\nakka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"")
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ManualResetEventSlim _lane = new();
    private readonly ConcurrentQueue<string> _cut = new();
    private readonly ConcurrentQueue<string> _computed = new();

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public async Task A_question_that_is_called_back_before_it_is_admitted_is_never_cut()
    {
        var actor = Start(maxQueuedTokens: 64);
        var first = Ask(actor, string.Join(' ', Enumerable.Repeat("Long", 200)));
        await CutAsync(1);
        using var client = new CancellationTokenSource();
        var gone = Ask(actor, string.Join(' ', Enumerable.Repeat("Gone", 200)), client.Token);
        await InFlightAsync(actor, 2);
        await client.CancelAsync();
        await InFlightAsync(actor, 1);
        _lane.Set();
        await first;
        await Ask(actor, string.Join(' ', Enumerable.Repeat("After", 200)));
        Assert.DoesNotContain(_cut, text => text.StartsWith("Gone", StringComparison.Ordinal));
        await Assert.ThrowsAsync<RecognitionAbandonedException>(() => gone);
    }

    [Fact]
    public async Task Windows_of_a_question_that_is_called_back_enter_no_batch()
    {
        var actor = Start();
        var first = Ask(actor, "First");
        await ComputingAsync("First");
        using var client = new CancellationTokenSource();
        var gone = Ask(actor, "Gone", client.Token);
        await CutAsync(2);
        await client.CancelAsync();
        await InFlightAsync(actor, 1);
        _lane.Set();
        await first;
        await Ask(actor, "After");
        Assert.DoesNotContain("Gone", _computed);
        await Assert.ThrowsAsync<RecognitionAbandonedException>(() => gone);
    }

    [Fact]
    public async Task What_was_computed_for_nobody_is_not_decoded()
    {
        // The decoder knows two labels, this one is the third: decoding would be told as an error.
        var actor = Start(labelOf: id => id == 'P' ? 2 : 0, labels: 3);
        using var client = new CancellationTokenSource();
        var gone = Ask(actor, "Poison", client.Token);
        await ComputingAsync("Poison");
        var errors = CreateTestProbe();
        Sys.EventStream.Subscribe(errors, typeof(Akka.Event.Error));
        await client.CancelAsync();
        await InFlightAsync(actor, 0);
        _lane.Set();
        await Ask(actor, "after");
        Assert.False(errors.HasMessages);
        await Assert.ThrowsAsync<RecognitionAbandonedException>(() => gone);
    }

    [Fact]
    public async Task A_question_whose_time_is_up_is_dropped()
    {
        var actor = Start();
        var first = Ask(actor, "First");
        await ComputingAsync("First");
        var late = actor.Ask<Recognised>(new Recognise([Doc("Late")]) { Patience = TimeSpan.FromMinutes(1) });
        await CutAsync(2);
        Time.Advance(TimeSpan.FromMinutes(1) - TimeSpan.FromMilliseconds(1));
        await InFlightAsync(actor, 2);
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await InFlightAsync(actor, 1);
        _lane.Set();
        await first;
        await Assert.ThrowsAsync<RecognitionAbandonedException>(() => late);
        await Ask(actor, "After");
        Assert.DoesNotContain("Late", _computed);
    }

    [Fact]
    public async Task Whatever_is_called_back_gives_its_room_free()
    {
        var actor = Start(maxQueuedTokens: 64);
        var first = Ask(actor, "First");
        await ComputingAsync("First");
        for (var i = 0; i < 20; i++)
        {
            using var client = new CancellationTokenSource();
            var gone = Ask(actor, string.Join(' ', Enumerable.Repeat("Gone", 50)), client.Token);
            await InFlightAsync(actor, 2);
            await client.CancelAsync();
            await Assert.ThrowsAsync<RecognitionAbandonedException>(() => gone);
            await InFlightAsync(actor, 1);
        }

        _lane.Set();
        await first;
        await Ask(actor, string.Join(' ', Enumerable.Repeat("After", 50)));
    }

    [Fact]
    public async Task A_question_that_was_called_back_before_it_came_is_not_begun()
    {
        var actor = Start();
        using var client = new CancellationTokenSource();
        await client.CancelAsync();
        await Assert.ThrowsAsync<RecognitionAbandonedException>(
            () => actor.Ask<Recognised>(new Recognise([Doc("Gone")]) { CalledBack = client.Token }, Timeout.InfiniteTimeSpan,
                CancellationToken.None));
        _lane.Set();
        await Ask(actor, "After");
        Assert.Equal(["After"], _cut);
    }

    [Fact]
    public async Task A_request_beyond_the_bound_is_refused_and_the_stream_is_not()
    {
        var actor = Start(maxWaitingCharacters: 10);
        var first = actor.Ask<Recognised>(new Recognise([Doc("longer than the bound")]) { Asker = Asker.Request });
        await InFlightAsync(actor, 1);
        var refused = await Assert.ThrowsAsync<RecognitionBusyException>(
            () => actor.Ask<Recognised>(new Recognise([Doc("Anna")]) { Asker = Asker.Request }));
        Assert.InRange(refused.RetryAfter.TotalSeconds, 1, 30);
        var stream = Ask(actor, "a text of the stream");
        await InFlightAsync(actor, 2);
        _lane.Set();
        await first;
        await stream;
        await actor.Ask<Recognised>(new Recognise([Doc("Anna")]) { Asker = Asker.Request });
    }

    [Fact]
    public async Task Texts_that_nobody_waits_for_are_not_kept_until_their_time_would_be_up()
    {
        var actor = Start();
        var gone = await AbandonAsync(actor);
        _lane.Set();
        await Ask(actor, "After");

        // Time stands still: whatever a timer holds, it holds for ever.
        await AwaitAssertAsync(
            () =>
            {
                GC.Collect();
                Assert.False(gone.TryGetTarget(out _));
            },
            Patience);
    }

    private async Task<WeakReference<Document>> AbandonAsync(IActorRef actor)
    {
        var first = Ask(actor, "First");
        await ComputingAsync("First");
        var document = Doc("Gone");
        using var client = new CancellationTokenSource();
        var gone = actor.Ask<Recognised>(
            new Recognise([document]) { CalledBack = client.Token, Patience = TimeSpan.FromMinutes(1) }, Timeout.InfiniteTimeSpan,
                CancellationToken.None);
        await InFlightAsync(actor, 2);
        await client.CancelAsync();
        await Assert.ThrowsAsync<RecognitionAbandonedException>(() => gone);
        _lane.Set();
        await first;
        return new WeakReference<Document>(document);
    }

    protected override void AfterAll()
    {
        _lane.Set();
        base.AfterAll();
    }

    private static Document Doc(string text) => new(new DocumentId("d"), text);

    private static Task<Recognised> Ask(IActorRef actor, string text, CancellationToken calledBack = default) =>
        actor.Ask<Recognised>(new Recognise([Doc(text)]) { CalledBack = calledBack }, Timeout.InfiniteTimeSpan, CancellationToken.None);

    private IActorRef Start(int maxQueuedTokens = 1_000, int maxWaitingCharacters = 1_000, Func<int, int>? labelOf = null, int labels = 2)
    {
        var setup = TestSetup.Of((_, _) => new ScriptedClassifier(labels, labelOf ?? (_ => 0))
        {
            BeforeRun = batch =>
            {
                foreach (var window in batch.Windows)
                    _computed.Enqueue(window.Owner.Document.Text);
                _lane.Wait(Patience);
            },
        });
        return RecognitionRegistration.Start(Sys, new EnsembleSetup
        {
            Models =
            [
                setup with
                {
                    CreateTokenizer = () => new DocumentTokenizer(new NotingTokenizer(_cut), 16, new WindowOptions { OverlapPieces = 2 }),
                    // The lane that stands still gets nothing into its mailbox before its time.
                    Batching = setup.Batching with { MaxPaddedTokens = 16, MaxQueuedTokens = maxQueuedTokens,
                        MaxBatchWait = TimeSpan.FromHours(1) },
                    Options = setup.Options with { MaxWaitingCharacters = maxWaitingCharacters },
                },
            ],
        });
    }

    private async Task InFlightAsync(IActorRef actor, int documents) =>
        await AwaitAssertAsync(async () => Assert.Equal(
            documents, (await actor.Ask<RecognitionProtocol.Status>(GetStatus.Instance)).DocumentsInFlight), Patience);

    private async Task CutAsync(int texts) => await AwaitAssertAsync(() => Assert.Equal(texts, _cut.Count), Patience);

    private async Task ComputingAsync(string text) => await AwaitAssertAsync(() => Assert.Contains(text, _computed), Patience);

    private sealed class NotingTokenizer(ConcurrentQueue<string> texts) : IPieceTokenizer
    {
        private readonly WordTokenizer _words = new();

        public int VocabularySize => _words.VocabularySize;

        public SpecialPieces Special => _words.Special;

        public int? MaxPieces => null;

        public IPieceEncoder CreateEncoder() => new Encoder(_words.CreateEncoder(), texts);

        private sealed class Encoder(IPieceEncoder inner, ConcurrentQueue<string> texts) : IPieceEncoder
        {
            public void Encode(ReadOnlySpan<char> text, PieceBuffer pieces)
            {
                inner.Encode(text, pieces);
                texts.Enqueue(text.ToString());
            }
        }
    }
}
