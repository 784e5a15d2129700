using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Rules;
using static StreamNer.Actors.Rules.RulesProtocol;

namespace StreamNer.Actors.Rules;

/// <summary>Matches the rules, once for each document whatever the number of models, on a thread of the tokenizers' dispatcher.</summary>
internal sealed class RulesActor : ReceiveActor
{
    private readonly EntityRules _rules;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private RuleMatcher _matcher;

    public RulesActor(EntityRules rules)
    {
        _rules = rules;
        _matcher = new RuleMatcher(rules);
        Receive<Match>(OnMatch);
    }

    public static Props Props(EntityRules rules) => Akka.Actor.Props.Create(() => new RulesActor(rules)).WithDispatcher(DispatcherNames.Tokenizer);

    private void OnMatch(Match question)
    {
        var started = Stopwatch.GetTimestamp();
        var matches = new RuleMatches[question.Count];
        for (var i = 0; i < matches.Length; i++)
            matches[i] = Look(question.Job.Documents[question.From + i]);
        ActorsTelemetry.RulesMatched(Stopwatch.GetElapsedTime(started));
        Sender.Tell(new Matched(question.Job, question.From, matches));
    }

    private RuleMatches Look(Document document)
    {
#pragma warning disable CA1031 // Whatever a text does to the rules, it must cost that document alone, not the chunk that it came in.
        try
        {
            return _matcher.Match(document.Text);
        }
        catch (Exception e)
        {
            _log.Error(e, "the rules failed on a document of {Length} characters", document.Text.Length);
            _matcher = new RuleMatcher(_rules);
            return new RuleMatches([], new DocumentOutcome.Failed(FailureStage.Rules, FailureCode.RulesFailed, $"the rules of {_rules.Name} failed with {e.GetType().Name}"));
        }
#pragma warning restore CA1031
    }
}
