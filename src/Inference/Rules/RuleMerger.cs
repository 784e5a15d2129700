using System.Collections.Immutable;
using StreamNer.Inference.Domain;

namespace StreamNer.Inference.Rules;

/// <summary>
/// Puts the matches of rules among the entities of models; where both claim a character, the policy decides. One caller at a time.
/// </summary>
/// <remarks>
/// Models are not held against each other: what two of them say of one word stays. After merging no match shares a character with a model's
/// entity.
/// </remarks>
internal sealed class RuleMerger(RuleConflict policy)
{
    private readonly TakenCharacters _byModels = new();
    private readonly TakenCharacters _byRules = new();
    private readonly List<(Entity Entity, bool IsRule)> _all = [];

    /// <summary>Merges.</summary>
    /// <param name="models">Entities of one or several models, in order of their start.</param>
    /// <param name="matches">Matches of rules, in order of their start, not overlapping each other.</param>
    /// <param name="textLength">Length of the text, in UTF-16 code units.</param>
    /// <returns>What stays, in order of the start.</returns>
    public ImmutableArray<Entity> Merge(ImmutableArray<Entity> models, ImmutableArray<Entity> matches, int textLength)
    {
        if (matches.IsEmpty)
            return models;
        if (models.IsEmpty)
            return matches;

        _byModels.Clear(textLength);
        _byRules.Clear(textLength);
        if (policy == RuleConflict.Longest)
            return MergeByLength(models, matches);

        var (first, taken) = policy == RuleConflict.Rules ? (matches, _byRules) : (models, _byModels);
        foreach (var entity in first)
            taken.Mark(entity.Span.Start, entity.Span.End);
        return policy == RuleConflict.Rules
            ? Interleave(Untouched(models, taken), matches)
            : Interleave(models, Untouched(matches, taken));
    }

    private static ImmutableArray<Entity> Untouched(ImmutableArray<Entity> entities, TakenCharacters taken) =>
        entities.RemoveAll(entity => taken.Touches(entity.Span.Start, entity.Span.End));

    /// <summary>The longest of all is chosen first, so what goes for its sake makes room for what it stood in the way of.</summary>
    private ImmutableArray<Entity> MergeByLength(ImmutableArray<Entity> models, ImmutableArray<Entity> matches)
    {
        _all.Clear();
        foreach (var entity in models)
            _all.Add((entity, false));
        foreach (var entity in matches)
            _all.Add((entity, true));
        _all.Sort(static (one, other) => other.Entity.Span.Length.CompareTo(one.Entity.Span.Length) is not 0 and var byLength
            ? byLength
            : other.IsRule.CompareTo(one.IsRule));

        foreach (var (entity, isRule) in _all)
        {
            var (own, others) = isRule ? (_byRules, _byModels) : (_byModels, _byRules);
            if (!others.Touches(entity.Span.Start, entity.Span.End))
                own.Mark(entity.Span.Start, entity.Span.End);
        }

        // Whoever was chosen has taken its characters, and nobody of the other side could then.
        return Interleave(Untouched(models, _byRules), Untouched(matches, _byModels));
    }

    private static ImmutableArray<Entity> Interleave(ImmutableArray<Entity> models, ImmutableArray<Entity> matches)
    {
        var merged = ImmutableArray.CreateBuilder<Entity>(models.Length + matches.Length);
        var next = 0;
        foreach (var entity in models)
        {
            while (next < matches.Length && matches[next].Span.Start < entity.Span.Start)
                merged.Add(matches[next++]);
            merged.Add(entity);
        }

        while (next < matches.Length)
            merged.Add(matches[next++]);
        return merged.MoveToImmutable();
    }
}
