using System.Diagnostics;
using Akka.Actor;
using Akka.Event;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Rules;

namespace StreamNer.Actors.Supervision;

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

    public static Props Props(EntityRules rules) =>
        Akka.Actor.Props.Create(() => new RulesActor(rules)).WithDispatcher(DispatcherNames.Tokenizer);

    private void OnMatch(Match message)
    {
        var started = Stopwatch.GetTimestamp();
        var matches = new RuleMatches[message.Count];
        for (var i = 0; i < matches.Length && !message.Question.IsAbandoned; i++)
            matches[i] = MatchDocument(message.Question.Documents[message.From + i]);
        ActorsTelemetry.RulesMatched(Stopwatch.GetElapsedTime(started));
        Sender.Tell(new Matched(message.Question, message.From, matches));
    }

    private RuleMatches MatchDocument(Document document)
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
            return new RuleMatches([], new DocumentOutcome.Failed(
                FailureStage.Rules, FailureCode.RulesFailed, $"the rules of {_rules.Name} failed with {e.GetType().Name}"));
        }
#pragma warning restore CA1031
    }

    /// <summary>Asks for the matches of some documents of a question. Answered by exactly one <see cref="Matched"/>.</summary>
    /// <param name="Question">The question.</param>
    /// <param name="From">Index of the first document.</param>
    /// <param name="Count">How many documents in a row.</param>
    public sealed record Match(Question Question, int From, int Count);

    /// <summary>Answers <see cref="Match"/>.</summary>
    /// <param name="Question">The question.</param>
    /// <param name="From">Index of the first document.</param>
    /// <param name="Matches">One for each.</param>
    public sealed record Matched(Question Question, int From, RuleMatches[] Matches);
}
