using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.RegularExpressions;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;

namespace StreamNer.Inference.Rules;

/// <summary>Finds what the rules describe. Has buffers of its own: one caller at a time.</summary>
/// <remarks>Where matches overlap, the longest stays; of equals the first in the text, then the first in the file.</remarks>
internal sealed class RuleMatcher(EntityRules rules)
{
    private readonly PhraseBuffers _buffers = new(rules.Phrases);
    private readonly List<RuleCandidate> _candidates = [];
    private readonly TakenCharacters _taken = new();

    /// <summary>Looks through one text. Blocks for as long as that takes, which the match time-out bounds.</summary>
    public RuleMatches Match(string text)
    {
        _candidates.Clear();
        if (!rules.Phrases.IsEmpty)
            rules.Phrases.Find(text, _buffers, _candidates);
        var failure = rules.Expressions.IsEmpty ? null : FindExpressions(text);
        return failure is not null ? new RuleMatches([], failure)
            : _candidates.Count == 0 ? RuleMatches.None
            : new RuleMatches(Choose(text), null);
    }

    private DocumentOutcome.Failed? FindExpressions(string text)
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var number in rules.Expressions)
        {
            try
            {
                foreach (var match in rules.Rules[number].Expression!.EnumerateMatches(text))
                {
                    if (Whole(text, match.Index, match.Index + match.Length, number) is { } candidate)
                        _candidates.Add(candidate);
                    if (IsOver(started))
                        return TimedOut(text, number);
                }
            }
            catch (RegexMatchTimeoutException)
            {
                return TimedOut(text, number);
            }

            if (IsOver(started))
                return TimedOut(text, number);
        }

        return null;
    }

    /// <summary>The time-out of an expression itself holds for each of its matches anew; this is the one for all.</summary>
    private bool IsOver(long started) => Stopwatch.GetElapsedTime(started) > rules.Options.MatchTimeout;

    /// <summary>
    /// An expression sees UTF-16 units; what it finds is freed of the blanks at its ends and widened to whole characters as readers see
    /// them.
    /// </summary>
    /// <returns>Null when nothing but blanks was found.</returns>
    private static RuleCandidate? Whole(string text, int start, int end, int number)
    {
        while (start < end && char.IsWhiteSpace(text[start]))
            start++;
        while (end > start && char.IsWhiteSpace(text[end - 1]))
            end--;
        if (start == end)
            return null;

        start = GraphemeBorders.WidenStart(text, start, limit: 0);
        return new RuleCandidate(start, GraphemeBorders.WidenEnd(text, start, end, text.Length), number);
    }

    private DocumentOutcome.Failed TimedOut(string text, int number) => new(
        FailureStage.Rules,
        FailureCode.RuleTimedOut,
        $"the regular expressions took longer than {RuleOptions.Section}:MatchTimeout {rules.Options.MatchTimeout} for a text of "
            + $"{text.Length} characters, up to the one in line {rules.Rules[number].Line} of {rules.Name}: raise the limit, or write it "
                + "without what goes back (lookarounds, backreferences)");

    private ImmutableArray<Entity> Choose(string text)
    {
        if (_candidates.Count > 1)
        {
            _candidates.Sort();
            _taken.Clear(text.Length);
            var kept = 0;
            for (var i = 0; i < _candidates.Count; i++)
            {
                var candidate = _candidates[i];

                // Whatever was taken before is at least as long, so it can't lie inside of this one: looking at both ends is enough.
                if (_taken.Touches(candidate.Start, candidate.Start + 1) || _taken.Touches(candidate.End - 1, candidate.End))
                    continue;
                _taken.Mark(candidate.Start, candidate.End);
                _candidates[kept++] = candidate;
            }

            _candidates.RemoveRange(kept, _candidates.Count - kept);
            _candidates.Sort(static (one, other) => one.Start.CompareTo(other.Start));
        }

        var entities = ImmutableArray.CreateBuilder<Entity>(_candidates.Count);
        foreach (var (start, end, number) in _candidates)
        {
            var rule = rules.Rules[number];
            entities.Add(new Entity(new TextSpan(start, end), rule.Label, Score: 1) { Source = rule.Source });
        }

        return entities.MoveToImmutable();
    }
}

/// <summary>What the rules say of one document.</summary>
/// <param name="Entities">The matches in order of their start; they do not overlap.</param>
/// <param name="Failure">Why nothing can be said; null when it can.</param>
internal readonly record struct RuleMatches(ImmutableArray<Entity> Entities, DocumentOutcome.Failed? Failure)
{
    /// <summary>No match.</summary>
    public static RuleMatches None { get; } = new([], null);
}

/// <summary>A place where a rule fits; it becomes a match when no better one stands there.</summary>
/// <param name="Start">First character.</param>
/// <param name="End">First character behind it.</param>
/// <param name="Rule">Number of the rule in its file's order.</param>
internal readonly record struct RuleCandidate(int Start, int End, int Rule) : IComparable<RuleCandidate>
{
    /// <summary>
    /// The order in which candidates are chosen: the longest first, of equals the first in the text, then the first in the file.
    /// </summary>
    public int CompareTo(RuleCandidate other)
    {
        var byLength = (other.End - other.Start).CompareTo(End - Start);
        var byStart = byLength != 0 ? byLength : Start.CompareTo(other.Start);
        return byStart != 0 ? byStart : Rule.CompareTo(other.Rule);
    }
}
