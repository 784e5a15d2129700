using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using Akka.Routing;
using StreamNer.Actors.Batching;
using StreamNer.Actors.Devices;
using StreamNer.Actors.Tokenization;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Recognition;

/// <summary>Answers questions for one model: hands documents to the tokenizers, their windows to the batcher, and decodes what comes back.</summary>
/// <remarks>
/// <code>
/// Recognise ─▶ waiting documents ─gate▶ tokenizers ─▶ windows ─▶ batcher ─▶ lane
///                                                                            │ Finished
/// Recognised ◀─ decode, when a document's last window is finished ◀──────────┘
/// </code>
/// Every question gets one answer. Should this actor stop with questions open, their senders get a <see cref="RecognitionStoppedException"/>,
/// so that the stream starts again from the committed offsets: documents that were not labelled are never taken for failed ones.
/// </remarks>
internal sealed class RecognitionActor : ReceiveActor
{
    /// <summary>Most characters of one chunk: small enough to spread a question over the tokenizers, large enough to be worth a message.</summary>
    private const int ChunkChars = 32_768;

    private const int ChunkDocuments = 64;

    private readonly RecognitionSetup _setup;
    private readonly EntityDecoder _decoder;
    private readonly AdmissionGate _gate;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<RecognitionJob> _jobs = [];
    private readonly Queue<(RecognitionJob Job, int Next)> _waiting = new();
    private readonly Dictionary<TokenizedDocument, DocumentInFlight> _inFlight = new(ReferenceEqualityComparer.Instance);
    private readonly IActorRef _tokenizers;
    private readonly IActorRef _batcher;
    private IReadOnlyList<LaneStatus> _lanes;
    private int _documents;

    public RecognitionActor(RecognitionSetup setup)
    {
        _setup = setup;
        _decoder = new EntityDecoder(setup.Labels);
        _gate = new AdmissionGate(setup.Batching.MaxQueuedTokens);
        _lanes = [.. setup.Lanes.Select(lane => new LaneStatus(lane.Lane, lane.Device, LaneState.Loading, Restarts: 0) { Model = setup.Model })];
        _tokenizers = Context.ActorOf(
            TokenizerActor.Props(setup).WithRouter(new RoundRobinPool(setup.Tokenizers).WithSupervisorStrategy(SupervisorStrategy())), "tokenizers");
        _batcher = Context.ActorOf(BatcherActor.Props(setup, Self), "batcher");
        Context.ActorOf(DevicePoolActor.Props(setup, _batcher, Self), "devices");

        Receive<Recognise>(OnRecognise);
        Receive<TokenizerProtocol.Tokenized>(OnTokenized);
        Receive<DeviceProtocol.Finished>(OnFinished);
        Receive<DeviceProtocol.LanesChanged>(changed => _lanes = changed.Lanes);
        Receive<GetStatus>(_ => Sender.Tell(new RecognitionProtocol.Status(_lanes, _documents)));
    }

    public static Props Props(RecognitionSetup setup) => Akka.Actor.Props.Create(() => new RecognitionActor(setup));

    /// <summary>Name of a model's actor, made of what a path may hold.</summary>
    public static string NameFor(string model) =>
        "recognition-" + string.Concat(model.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-'));

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(maxNrOfRetries: 10, withinTimeRange: TimeSpan.FromMinutes(1), localOnlyDecider: _ => Directive.Restart);

    protected override void PostStop()
    {
        foreach (var job in _jobs)
            job.ReplyTo.Tell(new Akka.Actor.Status.Failure(new RecognitionStoppedException()));
    }

    private void OnRecognise(Recognise question)
    {
        var job = new RecognitionJob(question.Documents, Sender);
        if (job.Open == 0)
        {
            Sender.Tell(job.Answer());
            return;
        }

        _documents += job.Open;
        _jobs.Add(job);
        _waiting.Enqueue((job, 0));
        Admit();
    }

    /// <summary>Hands documents to the tokenizers for as long as there is room behind them.</summary>
    private void Admit()
    {
        while (_gate.IsOpen && _waiting.TryPeek(out var head))
        {
            var (job, from) = head;
            var (count, chars) = (0, 0);
            long estimate = 0;
            while (from + count < job.Documents.Count && count < ChunkDocuments && chars < ChunkChars)
            {
                var text = job.Documents[from + count].Text;
                chars += text.Length;
                estimate += AdmissionGate.Estimate(text);
                count++;
            }

            _gate.Enter(estimate);
            _tokenizers.Tell(new TokenizerProtocol.Tokenize(job, from, count, estimate));
            _waiting.Dequeue();
            if (from + count < job.Documents.Count)
            {
                // Questions take turns, so that a single text asked over HTTP need not wait for a whole batch of the stream.
                _waiting.Enqueue((job, from + count));
            }
        }
    }

    private void OnTokenized(TokenizerProtocol.Tokenized chunk)
    {
        List<TokenWindow> windows = [];
        long tokens = 0;
        for (var i = 0; i < chunk.Documents.Count; i++)
        {
            var index = chunk.From + i;
            var (document, failure) = chunk.Documents[i];
            if (document is null || document.Windows.Length == 0)
            {
                Settle(chunk.Job, index, failure ?? (DocumentOutcome)_decoder.Nothing(document!));
                continue;
            }

            _inFlight.Add(document, new DocumentInFlight(chunk.Job, index, document.Windows.Length));
            foreach (var window in document.Windows)
            {
                windows.Add(window);
                tokens += window.Length;
            }
        }

        _gate.Correct(chunk.Estimate, tokens);
        if (windows.Count > 0)
            _batcher.Tell(new BatcherProtocol.Enqueue(windows));
        Admit();
    }

    private void OnFinished(DeviceProtocol.Finished finished)
    {
        foreach (var failure in finished.Failed)
        {
            if (_inFlight.TryGetValue(failure.Window.Owner, out var document))
                document.Failure ??= new DocumentOutcome.Failed(FailureStage.Infer, failure.Code, failure.Message, failure.Attempts);
        }

        var started = Stopwatch.GetTimestamp();
        var decoded = 0;
        foreach (var window in finished.Windows)
        {
            if (window.IsSettled || !_inFlight.TryGetValue(window.Owner, out var document))
                continue;

            window.IsSettled = true;
            _gate.Leave(window.Length);
            if (--document.OpenWindows > 0)
                continue;

            _inFlight.Remove(window.Owner);
            decoded++;
            Settle(document.Job, document.Index, document.Failure ?? (DocumentOutcome)_decoder.Decode(window.Owner));
        }

        if (decoded > 0)
            ActorsTelemetry.Decoded(_setup.Model, Stopwatch.GetElapsedTime(started));
        Admit();
    }

    private void Settle(RecognitionJob job, int document, DocumentOutcome outcome)
    {
        job.Settle(document, outcome);
        _documents--;
        if (job.Open > 0)
            return;

        _jobs.Remove(job);
        job.ReplyTo.Tell(job.Answer());
        _log.Debug("answered a question of {Documents} documents", job.Documents.Count);
    }
}
