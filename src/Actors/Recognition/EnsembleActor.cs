using Akka.Actor;
using Akka.Event;
using Akka.Routing;
using StreamNer.Actors.Rules;
using StreamNer.Inference.Rules;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Recognition;

/// <summary>Speaks for several models and the rules: hands each question to all of them and joins their answers, document by document.</summary>
/// <remarks>
/// <code>
///              ┌─▶ recognition-&lt;model&gt; ─┐
/// Recognise ───┼─▶ recognition-&lt;model&gt; ─┼─▶ join ─▶ Recognised
///              └─▶ rules ×N ────────────┘
/// </code>
/// It has no bound and no time-out of its own: who asks bounds what is asked at once, and everybody asked here always answers. While one of
/// them is held up, say by a lane that starts again, the question waits for it and nothing is lost. When one stops, the question is answered
/// as one that nothing is known of, so that the stream reads its documents again.
/// </remarks>
internal sealed class EnsembleActor : ReceiveActor
{
    /// <summary>Most characters of one chunk for the rules, and most documents: enough to be worth a message.</summary>
    private const int ChunkChars = 65_536;

    private const int ChunkDocuments = 64;

    /// <summary>Shorter than the patience of whoever asks for the status.</summary>
    private static readonly TimeSpan StatusTimeout = TimeSpan.FromMilliseconds(900);

    private readonly EnsembleSetup _setup;
    private readonly IReadOnlyList<IActorRef> _models;
    private readonly OutcomeJoiner _joiner;
    private readonly HashSet<EnsembleJob> _jobs = [];
    private readonly IActorRef? _rules;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private int _documents;

    public EnsembleActor(EnsembleSetup setup, IReadOnlyList<IActorRef> models)
    {
        _setup = setup;
        _models = models;
        _joiner = new OutcomeJoiner(setup.Names, setup.Rules);
        foreach (var model in models)
            Context.Watch(model);
        if (setup.Rules is { } rules)
        {
            _rules = Context.ActorOf(
                RulesActor.Props(rules).WithRouter(new RoundRobinPool(setup.Models[0].Tokenizers).WithSupervisorStrategy(SupervisorStrategy())), "rules");
        }

        Serving();
    }

    public static Props Props(EnsembleSetup setup, IReadOnlyList<IActorRef> models) => Akka.Actor.Props.Create(() => new EnsembleActor(setup, models));

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(maxNrOfRetries: 10, withinTimeRange: TimeSpan.FromMinutes(1), localOnlyDecider: _ => Directive.Restart);

    protected override void PostStop()
    {
        foreach (var job in _jobs)
            job.ReplyTo.Tell(new Akka.Actor.Status.Failure(new RecognitionStoppedException()));
    }

    private void Serving()
    {
        Receive<Recognise>(OnRecognise);
        Receive<ModelAnswered>(answer =>
        {
            answer.Job.Take(answer.Place, answer.Recognised.Outcomes);
            AnswerIfComplete(answer.Job);
        });
        Receive<RulesProtocol.Matched>(answer =>
        {
            answer.Job.Take(answer.From, answer.Matches);
            AnswerIfComplete(answer.Job);
        });
        Receive<ModelStopped>(stopped => GiveUp(stopped.Job));
        Receive<Terminated>(gone =>
        {
            _log.Warning("{Model} has stopped", gone.ActorRef.Path.Name);
            foreach (var job in _jobs.ToArray())
                GiveUp(job);
            Become(Stopped);
        });
        Receive<GetStatus>(_ => TellStatus());
    }

    /// <summary>A model is gone for good, which happens only while the process ends: nobody may wait for it.</summary>
    private void Stopped()
    {
        Receive<Recognise>(_ => Sender.Tell(new Akka.Actor.Status.Failure(new RecognitionStoppedException())));
        Receive<GetStatus>(_ => TellStatus());
        ReceiveAny(_ => { });
    }

    private void OnRecognise(Recognise question)
    {
        var asked = question.Model is { } name ? [_setup.Names.IndexOf(name)] : Enumerable.Range(0, _models.Count).ToArray();
        if (asked is [< 0])
        {
            Sender.Tell(new Akka.Actor.Status.Failure(new ArgumentException($"no model is called {question.Model}; there are {string.Join(", ", _setup.Names)}", nameof(question))));
            return;
        }

        if (question.Documents.Count == 0)
        {
            Sender.Tell(new Recognised([]));
            return;
        }

        var job = new EnsembleJob(question.Documents, asked, rules: _rules is not null, Sender);
        _jobs.Add(job);
        _documents += job.Documents.Count;
        for (var place = 0; place < asked.Length; place++)
            AskModel(job, place);
        AskRules(job);
    }

    private void AskModel(EnsembleJob job, int place) =>
        _models[job.Models[place]].Ask<Recognised>(new Recognise(job.Documents), Timeout.InfiniteTimeSpan)
            .PipeTo(Self, success: answer => new ModelAnswered(job, place, answer), failure: _ => new ModelStopped(job));

    private void AskRules(EnsembleJob job)
    {
        if (_rules is null)
            return;

        for (var from = 0; from < job.Documents.Count;)
        {
            var (count, chars) = (0, 0);
            while (from + count < job.Documents.Count && count < ChunkDocuments && chars < ChunkChars)
                chars += job.Documents[from + count++].Text.Length;
            _rules.Tell(new RulesProtocol.Match(job, from, count));
            from += count;
        }
    }

    private void AnswerIfComplete(EnsembleJob job)
    {
        if (!job.IsComplete || !_jobs.Remove(job))
            return;

        _documents -= job.Documents.Count;
        job.ReplyTo.Tell(job.Answer(_joiner));
    }

    private void GiveUp(EnsembleJob job)
    {
        if (!_jobs.Remove(job))
            return;

        _documents -= job.Documents.Count;
        job.ReplyTo.Tell(new Akka.Actor.Status.Failure(new RecognitionStoppedException()));
    }

    private void TellStatus()
    {
        var documents = _documents;
        Task.WhenAll(_models.Select(model => model.Ask<RecognitionProtocol.Status>(GetStatus.Instance, StatusTimeout)))
            .PipeTo(Sender, Self, success: each => new RecognitionProtocol.Status([.. each.SelectMany(status => status.Lanes)], documents));
    }

    private sealed record ModelAnswered(EnsembleJob Job, int Place, Recognised Recognised);

    private sealed record ModelStopped(EnsembleJob Job);
}
