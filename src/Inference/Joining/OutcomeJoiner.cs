using System.Collections.Immutable;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Rules;

namespace StreamNer.Inference.Joining;

/// <summary>
/// Makes one outcome of what several models and the rules say of a document. Has buffers of its own: one caller at a time.
/// </summary>
/// <remarks>A document fails when a model or the rules fail on it: half of an answer would look like a whole one.</remarks>
internal sealed class OutcomeJoiner
{
    private readonly ImmutableArray<string> _models;
    private readonly ImmutableArray<EntitySource> _sources;
    private readonly RuleMerger? _merger;

    /// <param name="models">Names of all configured models, one or more.</param>
    /// <param name="rules">The rules, or null.</param>
    public OutcomeJoiner(ImmutableArray<string> models, EntityRules? rules)
    {
        _models = models;
        _sources = [.. models.Select(EntitySource.OfModel)];
        _merger = rules is null ? null : new RuleMerger(rules.Options.Conflict);
    }

    /// <summary>Joins.</summary>
    /// <param name="document">The document.</param>
    /// <param name="asked">Numbers of the models that were asked.</param>
    /// <param name="outcomes">What each of them says, in the same order.</param>
    /// <param name="matches">What the rules say.</param>
    public DocumentOutcome Join(Document document, ReadOnlySpan<int> asked, ReadOnlySpan<DocumentOutcome> outcomes, RuleMatches matches)
    {
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (outcomes[i] is DocumentOutcome.Failed failed)
                return _models.Length == 1 ? failed : failed with { Message = $"model {_models[asked[i]]}: {failed.Message}" };
        }

        if (matches.Failure is { } rulesFailed)
            return rulesFailed;

        var first = (DocumentOutcome.Labelled)outcomes[0];
        var entities = Entities(asked, outcomes);
        if (_merger is not null)
            entities = _merger.Merge(entities, matches.Entities, document.Text.Length);
        return _models.Length == 1 ? first with { Entities = entities } : Joined(asked, outcomes, entities);
    }

    private DocumentOutcome.Labelled Joined(
        ReadOnlySpan<int> asked, ReadOnlySpan<DocumentOutcome> outcomes, ImmutableArray<Entity> entities)
    {
        var (windows, count, truncated) = (0, 0, false);
        ImmutableArray<TextSpan> sentences = [];
        foreach (var outcome in outcomes)
        {
            var labelled = (DocumentOutcome.Labelled)outcome;
            windows += labelled.Windows;
            count += labelled.Tokens.Length;
            truncated |= labelled.Truncated;
            if (sentences.IsEmpty)
                sentences = labelled.Sentences;
        }

        var tokens = ImmutableArray.CreateBuilder<LabelledToken>(count);
        var models = ImmutableArray.CreateBuilder<ModelTokens>(asked.Length);
        for (var i = 0; i < outcomes.Length; i++)
        {
            var labelled = (DocumentOutcome.Labelled)outcomes[i];
            tokens.AddRange(labelled.Tokens);
            models.Add(new ModelTokens(_models[asked[i]], labelled.Tokens.Length, labelled.IsTagger));
        }

        return new DocumentOutcome.Labelled(
            entities, tokens.MoveToImmutable(), windows, truncated)
        { Sentences = sentences, Models = models.MoveToImmutable() };
    }

    /// <summary>
    /// The entities of all models in order of their start; of those that start together the longest first, then in order of the models.
    /// </summary>
    private ImmutableArray<Entity> Entities(ReadOnlySpan<int> asked, ReadOnlySpan<DocumentOutcome> outcomes)
    {
        var count = 0;
        foreach (var outcome in outcomes)
            count += ((DocumentOutcome.Labelled)outcome).Entities.Length;

        var entities = ImmutableArray.CreateBuilder<Entity>(count);
        Span<int> next = stackalloc int[outcomes.Length];
        next.Clear();
        while (entities.Count < count)
        {
            var best = -1;
            Entity chosen = default;
            for (var i = 0; i < outcomes.Length; i++)
            {
                var own = ((DocumentOutcome.Labelled)outcomes[i]).Entities;
                if (next[i] == own.Length)
                    continue;

                var entity = own[next[i]];
                var comesFirst = best < 0 || entity.Span.Start < chosen.Span.Start
                    || (entity.Span.Start == chosen.Span.Start && entity.Span.End > chosen.Span.End);
                if (comesFirst)
                    (best, chosen) = (i, entity);
            }

            next[best]++;
            entities.Add(chosen with { Source = _sources[asked[best]] });
        }

        return entities.MoveToImmutable();
    }
}
