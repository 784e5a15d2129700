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
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(20);

    private readonly EntityRules _rules;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private RuleMatcher _matcher;

    public RulesActor(EntityRules rules)
    {
        _rules = rules;
        _matcher = new RuleMatcher(rules);
        Receive<Match>(message => Go(new Unfinished(message, new RuleMatches[message.Count], 0, TimeSpan.Zero)));
        Receive<Unfinished>(Go);
    }

    public static Props Props(EntityRules rules) =>
        Akka.Actor.Props.Create(() => new RulesActor(rules)).WithDispatcher(DispatcherNames.Tokenizer);

    /// <summary>Goes on for a while, then lets tokenizers have the thread.</summary>
    private void Go(Unfinished work)
    {
        var (message, matches, next, spent) = work;
        var started = Stopwatch.GetTimestamp();
        while (next < matches.Length && !message.Question.IsAbandoned)
        {
            matches[next] = MatchDocument(message.Question.Documents[message.From + next]);
            message.Question.Progress?.Advance();
            next++;
            if (next < matches.Length && Stopwatch.GetElapsedTime(started) is var turn && turn > Turn)
            {
                Self.Tell(new Unfinished(message, matches, next, spent + turn), Sender);
                return;
            }
        }

        ActorsTelemetry.RulesMatched(spent + Stopwatch.GetElapsedTime(started));
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

    /// <summary>What is left of a chunk.</summary>
    /// <param name="Message">The chunk.</param>
    /// <param name="Matches">Of all of its documents, so far.</param>
    /// <param name="Next">The first one without.</param>
    /// <param name="Spent">How long it took so far.</param>
    private sealed record Unfinished(Match Message, RuleMatches[] Matches, int Next, TimeSpan Spent);

    /// <summary>Answers <see cref="Match"/>.</summary>
    /// <param name="Question">The question.</param>
    /// <param name="From">Index of the first document.</param>
    /// <param name="Matches">One for each.</param>
    public sealed record Matched(Question Question, int From, RuleMatches[] Matches);
}
