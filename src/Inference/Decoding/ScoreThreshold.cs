using System.Collections.Immutable;
using StreamNer.Inference.Domain;

namespace StreamNer.Inference.Decoding;

/// <summary>Leaves out entities of which the model is not sure enough. Immutable, any thread.</summary>
/// <remarks>
/// Scores are held against it as they are shown, with four digits, so that 0.9 keeps what is shown as 0.9. What a rule found has a score of
/// 1 and stays. Tokens stay as they are.
/// </remarks>
public sealed class ScoreThreshold
{
    private const int ShownDigits = 4;

    private readonly double _least;
    private readonly ImmutableDictionary<string, double> _leastOf;

    /// <param name="least">The least score, 0..1; 0 keeps everything.</param>
    /// <param name="byLabel">Other least scores by the entity's label, in any case.</param>
    public ScoreThreshold(double least, IReadOnlyDictionary<string, double>? byLabel = null)
    {
        _least = least;
        _leastOf = (byLabel ?? ImmutableDictionary<string, double>.Empty).ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The outcome without the entities that are not sure enough.</summary>
    public DocumentOutcome.Labelled Apply(DocumentOutcome.Labelled labelled)
    {
        ArgumentNullException.ThrowIfNull(labelled);
        if (_least <= 0 && _leastOf.IsEmpty)
            return labelled;
        var kept = labelled.Entities.RemoveAll(entity => !IsKept(entity));
        return kept.Length == labelled.Entities.Length ? labelled : labelled with { Entities = kept };
    }

    private bool IsKept(Entity entity) =>
        Math.Round((decimal)entity.Score, ShownDigits) >= (decimal)_leastOf.GetValueOrDefault(entity.Label, _least);
}
