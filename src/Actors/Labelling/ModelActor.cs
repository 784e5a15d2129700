using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using StreamNer.Actors.Batching;
using StreamNer.Actors.Devices;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Tokenization;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;

namespace StreamNer.Actors.Labelling;

/// <summary>
/// Answers questions for one model: hands documents to the tokenizers, their windows to the batcher, and decodes what comes back.
/// </summary>
/// <remarks>
/// <code>
/// Label ─▶ waiting documents ─admission▶ tokenizers ─▶ windows ─▶ batcher ─▶ lane
///                                                                             │ Finished
/// Labelled ◀─ decode, when a document's last window is finished ◀─────────────┘
/// </code>
/// Neither this actor nor those below it that hold state are restarted in place: a failure goes up to the root, which builds the tree anew
/// and answers what was open.
/// </remarks>
internal sealed class ModelActor : ReceiveActor, IWithTimers
{
    private readonly RecognitionSetup _setup;
    private readonly EntityDecoder _decoder;
    private readonly Admission _admission;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<Question, Answer> _answers = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<TokenizedDocument, DocumentInFlight> _inFlight = new(ReferenceEqualityComparer.Instance);
    private readonly Tokenizer[] _tokenizers;
    private readonly IActorRef _batcher;
    private IReadOnlyList<RecognitionProtocol.LaneStatus> _lanes = [];
    private PeersActor.RemoteLanes _remote = new([]);

    public ModelActor(RecognitionSetup setup)
    {
        _setup = setup;
        _decoder = new EntityDecoder(setup.Labels);
        _admission = new Admission(setup.Batching.MaxQueuedTokens, setup.Options.RequestShare, setup.Clock);
        _tokenizers = [.. Enumerable.Range(0, setup.Tokenizers)
            .Select(i => new Tokenizer(Context.ActorOf(TokenizerActor.Props(setup), $"tokenizer-{i}")))];
        _batcher = Context.ActorOf(BatcherActor.Props(setup, Self), "batcher");
        if (setup.Pool is not { } pool)
        {
            Context.ActorOf(DevicePoolActor.Props(setup, _batcher, Self), "devices");
        }
        else
        {
            // Lanes belong to all nodes, this one among them: it is a source of work as the others are.
            if (pool.Infers)
            {
                var router = Context.ActorOf(LaneRouterActor.Props(setup), PoolSetup.RouterName);
                Context.ActorOf(DevicePoolActor.Props(setup, router, router), "devices");
            }

            Context.ActorOf(PeersActor.Props(setup, _batcher, Self), "peers");
        }

        Receive<ModelProtocol.Label>(OnLabel);
        Receive<ModelProtocol.Abandon>(OnAbandon);
        Receive<TokenizerProtocol.Tokenized>(OnTokenized);
        Receive<BatcherProtocol.Finished>(OnFinished);
        Receive<BatcherProtocol.Dropped>(OnDropped);
        Receive<RestOver>(_ => Admit());
        Receive<DeviceProtocol.LanesChanged>(changed => OnLanesChanged(changed.Lanes, _remote));
        Receive<PeersActor.RemoteLanes>(changed => OnLanesChanged(_lanes, changed));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(RecognitionSetup setup) => Akka.Actor.Props.Create(() => new ModelActor(setup));

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(localOnlyDecider: _ => Directive.Escalate);

    private void OnLanesChanged(IReadOnlyList<RecognitionProtocol.LaneStatus> own, PeersActor.RemoteLanes remote)
    {
        (_lanes, _remote) = (own, remote);
        Context.Parent.Tell(new DeviceProtocol.LanesChanged([.. own, .. remote.Lanes]) { Refusals = remote.Refusals });
    }

    private void OnLabel(ModelProtocol.Label message)
    {
        var question = message.Question;
        if (question.IsAbandoned)
            return;

        _answers.Add(question, new Answer(question.Documents.Count));
        _admission.Add(question);
        Admit();
    }

    private void OnAbandon(ModelProtocol.Abandon message)
    {
        if (!_answers.Remove(message.Question))
            return;

        _admission.Remove(message.Question);
        if (_inFlight.Values.Any(inFlight => inFlight.Question == message.Question))
            _batcher.Tell(BatcherProtocol.DropAbandoned.Instance);
        Admit();
    }

    /// <summary>Hands chunks to the tokenizers for as long as these have little to do and there is room behind them.</summary>
    private void Admit()
    {
        while (_tokenizers.MinBy(tokenizer => tokenizer.Characters)! is var tokenizer
            && tokenizer.Characters < Admission.ChunkCharacters
            && _admission.TryTake() is { } chunk)
        {
            tokenizer.Characters += chunk.Characters + 1;
            tokenizer.Actor.Tell(new TokenizerProtocol.Tokenize(chunk));
        }

        if (_admission.Rest is { } rest && !Timers.IsTimerActive(RestOver.Instance))
            Timers.StartSingleTimer(RestOver.Instance, RestOver.Instance, rest);
    }

    private void OnTokenized(TokenizerProtocol.Tokenized message)
    {
        var chunk = message.Chunk;
        Array.Find(_tokenizers, tokenizer => tokenizer.Actor.Equals(Sender))!.Characters -= chunk.Characters + 1;

        var wanted = _answers.ContainsKey(chunk.Question) && message.Documents.Count == chunk.Count;
        var tokens = wanted ? message.Documents.Sum(each => each.Document is null ? 0L : TokensOf(each.Document)) : 0;
        var room = _admission.Correct(chunk, tokens, message.Took);
        if (wanted)
            Enqueue(chunk, message.Documents, room);
        Admit();
    }

    private void Enqueue(
        TokenizerProtocol.Chunk chunk, IReadOnlyList<(TokenizedDocument? Document, DocumentOutcome.Failed? Failure)> documents,
            Admission.Room room)
    {
        List<TokenWindow> windows = [];
        for (var i = 0; i < documents.Count; i++)
        {
            var index = chunk.From + i;
            var (document, failure) = documents[i];
            if (document is null || document.Windows.Length == 0)
            {
                Settle(chunk.Question, index, failure ?? (DocumentOutcome)_decoder.Nothing(document!));
                continue;
            }

            document.Abandoned = chunk.Question.Abandoned;
            if (chunk.Question.Asker == RecognitionProtocol.Asker.Request && _answers.TryGetValue(chunk.Question, out var answer))
            {
                document.TokensBefore = answer.Tokens;
                answer.Tokens += TokensOf(document);
            }

            _inFlight.Add(document, new DocumentInFlight(chunk.Question, index, document.Windows.Length, room));
            foreach (var window in document.Windows)
                windows.Add(window);
        }

        if (windows.Count > 0)
            _batcher.Tell(new BatcherProtocol.Enqueue(chunk.Question.Asker, windows));
    }

    private void OnFinished(BatcherProtocol.Finished finished)
    {
        foreach (var failure in finished.Failed)
        {
            if (!_inFlight.TryGetValue(failure.Window.Owner, out var document))
                continue;
            document.Failure ??= new DocumentOutcome.Failed(FailureStage.Infer, failure.Code, failure.Message, failure.Attempts);

            // What is left of it stays out of batches: windows of one text are alike, and the next may cost a lane too.
            failure.Window.Owner.Fail();
        }

        var started = Stopwatch.GetTimestamp();
        var decoded = 0;
        foreach (var window in finished.Windows)
        {
            if (Close(window) is not { } document || document.Question.IsAbandoned || !_answers.ContainsKey(document.Question))
                continue;

            decoded++;
            Settle(document.Question, document.Index, document.Failure ?? Decode(window.Owner));
        }

        if (decoded > 0)
            ActorsTelemetry.Decoded(_setup.Model, Stopwatch.GetElapsedTime(started));
        Admit();
    }

    private void OnDropped(BatcherProtocol.Dropped dropped)
    {
        foreach (var window in dropped.Windows)
        {
            if (Close(window) is { Failure: { } failure } document)
                Settle(document.Question, document.Index, failure);
        }

        Admit();
    }

    /// <summary>Notes that a window is out of batcher and lanes.</summary>
    /// <returns>Its document, if that was its last window.</returns>
    private DocumentInFlight? Close(TokenWindow window)
    {
        if (window.IsSettled || !_inFlight.TryGetValue(window.Owner, out var document))
            return null;

        document.Question.Progress?.Advance();
        window.IsSettled = true;
        document.Room.Tokens -= window.Length;
        if (--document.OpenWindows > 0)
            return null;

        _inFlight.Remove(window.Owner);
        return document;
    }

    private DocumentOutcome Decode(TokenizedDocument document)
    {
#pragma warning disable CA1031 // Whatever a document's labels do to the decoder costs that document alone, not the sessions of all lanes.
        try
        {
            return _decoder.Decode(document);
        }
        catch (Exception e)
        {
            _log.Error(e, "the labels of a document of {Length} characters can't be decoded", document.Document.Text.Length);
            return new DocumentOutcome.Failed(FailureStage.Infer, FailureCode.InferenceFailed,
                $"its labels can't be decoded: {e.GetType().Name}");
        }
#pragma warning restore CA1031
    }

    private void Settle(Question question, int document, DocumentOutcome outcome)
    {
        if (!_answers.TryGetValue(question, out var answer) || !answer.Settle(document, outcome))
            return;

        Context.Parent.Tell(new ModelProtocol.Labelled(question, answer.Outcomes));
        _answers.Remove(question);
        _log.Debug("answered a question of {Documents} documents", question.Documents.Count);
    }

    private static long TokensOf(TokenizedDocument document)
    {
        long tokens = 0;
        foreach (var window in document.Windows)
            tokens += window.Length;
        return tokens;
    }

    /// <summary>Says that a long text of a request may be let in again.</summary>
    private sealed class RestOver
    {
        public static readonly RestOver Instance = new();
    }

    /// <summary>A tokenizer and what it has in hand.</summary>
    private sealed class Tokenizer(IActorRef actor)
    {
        public IActorRef Actor { get; } = actor;

        /// <summary>Of the texts in its hands, and one for each chunk.</summary>
        public long Characters { get; set; }
    }

    /// <summary>What is known of the answer to one question.</summary>
    private sealed class Answer(int documents)
    {
        private readonly DocumentOutcome?[] _outcomes = new DocumentOutcome?[documents];
        private int _open = documents;

        /// <summary>Of the documents that were cut so far.</summary>
        public long Tokens { get; set; }

        /// <summary>The outcomes, once nothing is open.</summary>
        public IReadOnlyList<DocumentOutcome> Outcomes => _outcomes!;

        /// <summary>Sets the outcome of one document; the first one counts.</summary>
        /// <returns>True when nothing is open any more.</returns>
        public bool Settle(int document, DocumentOutcome outcome)
        {
            if (_outcomes[document] is null)
            {
                _outcomes[document] = outcome;
                _open--;
            }

            return _open == 0;
        }
    }

    /// <summary>One document between tokenizing and decoding.</summary>
    private sealed class DocumentInFlight(Question question, int index, int windows, Admission.Room room)
    {
        public Question Question { get; } = question;

        /// <summary>Index of the document in its question.</summary>
        public int Index { get; } = index;

        /// <summary>Where its tokens leave.</summary>
        public Admission.Room Room { get; } = room;

        /// <summary>Windows that are neither finished nor dropped.</summary>
        public int OpenWindows { get; set; } = windows;

        /// <summary>Set when one of its windows failed for good; the others are then left out, or waited for.</summary>
        public DocumentOutcome.Failed? Failure { get; set; }
    }
}
