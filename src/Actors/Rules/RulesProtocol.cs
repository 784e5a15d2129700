using StreamNer.Actors.Recognition;
using StreamNer.Inference.Rules;

namespace StreamNer.Actors.Rules;

/// <summary>What passes between the ensemble and those who match its rules.</summary>
internal static class RulesProtocol
{
    /// <summary>Asks for the matches of some documents of a question. Answered by exactly one <see cref="Matched"/>.</summary>
    /// <param name="Job">The question.</param>
    /// <param name="From">Index of the first document.</param>
    /// <param name="Count">How many documents in a row.</param>
    public sealed record Match(EnsembleJob Job, int From, int Count);

    /// <summary>Answers <see cref="Match"/>.</summary>
    /// <param name="Job">The question.</param>
    /// <param name="From">Index of the first document.</param>
    /// <param name="Matches">One for each document.</param>
    public sealed record Matched(EnsembleJob Job, int From, RuleMatches[] Matches);
}
