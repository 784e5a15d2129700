using System.Collections.Immutable;
using StreamNer.Inference.Rules;

namespace StreamNer.Actors.Recognition;

/// <summary>Who labels: one model or several, with rules or without. Immutable, any thread.</summary>
internal sealed record EnsembleSetup
{
    /// <summary>The models, one or more, in order; their names differ.</summary>
    public required ImmutableArray<RecognitionSetup> Models { get; init; }

    /// <summary>The rules beside them, or null.</summary>
    public EntityRules? Rules { get; init; }

    /// <summary>Names of the models, in order.</summary>
    public ImmutableArray<string> Names => [.. Models.Select(model => model.Model)];

    /// <summary>Whether one model labels alone: its actor is then asked directly, nothing stands in between.</summary>
    public bool IsSingle => Models.Length == 1 && Rules is null;

    /// <summary>Says what in the configuration does not fit the models; empty when all does.</summary>
    public ImmutableArray<string> Problems() =>
        [.. Models.SelectMany(model => model.Problems().Select(problem => Models.Length == 1 ? problem : $"model {model.Model}: {problem}"))];
}
