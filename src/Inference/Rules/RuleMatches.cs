using System.Collections.Immutable;
using StreamNer.Inference.Domain;

namespace StreamNer.Inference.Rules;

/// <summary>What the rules say of one document.</summary>
/// <param name="Entities">The matches in order of their start; they do not overlap.</param>
/// <param name="Failure">Why nothing can be said; null when it can.</param>
internal readonly record struct RuleMatches(ImmutableArray<Entity> Entities, DocumentOutcome.Failed? Failure)
{
    /// <summary>No match.</summary>
    public static RuleMatches None { get; } = new([], null);
}
