using System.Collections.Immutable;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Joining;
using StreamNer.Inference.Rules;

namespace StreamNer.Inference;

/// <summary>Labels text with several models, with rules, or with both: the library without actors, streams or Kafka.</summary>
/// <remarks>One caller at a time, blocking: one model after the other, each with all of its lanes. Owns the models; dispose it.</remarks>
/// <example>
/// <code>
/// using var ensemble = new TokenClassificationEnsemble(
///     [("names", TokenClassificationPipeline.Load("models/en-ner-small")), ("words", TokenClassificationPipeline.Load("models/other"))]);
/// var text = "My name is Sarah and I live in London";
/// if (ensemble.Label([new Document(new DocumentId("1"), text)])[0] is DocumentOutcome.Labelled labelled)
///     foreach (var entity in labelled.Entities)
///         Console.WriteLine($"{entity.Source?.Model}: {entity.Label} {entity.Span.In(text)}");
/// </code>
/// </example>
public sealed class TokenClassificationEnsemble : IDisposable
{
    private readonly ImmutableArray<(string Name, TokenClassificationPipeline Pipeline)> _models;
    private readonly int[] _all;
    private readonly OutcomeJoiner _joiner;
    private readonly RuleMatcher? _matcher;

    /// <summary>Puts models and rules together.</summary>
    /// <param name="models">One or more, each with the name that its entities and tokens give; owned from here on.</param>
    /// <param name="rules">The rules beside them; null is none.</param>
    /// <exception cref="ArgumentException">There is no model, or two have the same name.</exception>
    public TokenClassificationEnsemble(IEnumerable<(string Name, TokenClassificationPipeline Pipeline)> models, EntityRules? rules = null)
    {
        ArgumentNullException.ThrowIfNull(models);
        _models = [.. models];
        if (_models.IsEmpty || _models.DistinctBy(model => model.Name, StringComparer.Ordinal).Count() != _models.Length)
            throw new ArgumentException($"{_models.Length} models, there must be one or more with different names", nameof(models));
        _all = [.. Enumerable.Range(0, _models.Length)];
        _joiner = new OutcomeJoiner([.. _models.Select(model => model.Name)], rules);
        _matcher = rules is null ? null : new RuleMatcher(rules);
    }

    /// <summary>Labels documents together.</summary>
    /// <param name="documents">Any number; all are held in memory at once.</param>
    /// <returns>
    /// One outcome for each document, in their order. Of several models each entity names its own in <see cref="Entity.Source"/>, and
    /// <see cref="DocumentOutcome.Labelled.Models"/> says whose tokens are whose.
    /// </returns>
    public IReadOnlyList<DocumentOutcome> Label(IReadOnlyList<Document> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        if (_models.Length == 1 && _matcher is null)
            return _models[0].Pipeline.Label(documents);

        var ofModels = new IReadOnlyList<DocumentOutcome>[_models.Length];
        for (var i = 0; i < ofModels.Length; i++)
            ofModels[i] = _models[i].Pipeline.Label(documents);

        var joined = new DocumentOutcome[documents.Count];
        var ofDocument = new DocumentOutcome[_models.Length];
        for (var i = 0; i < joined.Length; i++)
        {
            for (var model = 0; model < ofDocument.Length; model++)
                ofDocument[model] = ofModels[model][i];
            joined[i] = _joiner.Join(documents[i], _all, ofDocument, _matcher?.Match(documents[i].Text) ?? RuleMatches.None);
        }

        return joined;
    }

    /// <summary>Ends what is being computed, and everything later: <c>Label</c> then throws. Any thread, before disposal.</summary>
    public void Stop()
    {
        foreach (var (_, pipeline) in _models)
            pipeline.Stop();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, pipeline) in _models)
            pipeline.Dispose();
    }
}
