namespace StreamNer.Inference.Domain;

/// <summary>
/// A part of the text that is one thing: a person, a place, a date. A run of tokens that a model labels so, or what a rule describes.
/// </summary>
/// <param name="Span">Where the entity stands in the original text; <c>text[Start..End]</c> is its surface form.</param>
/// <param name="Label">The type without scheme prefix, such as <c>PER</c>.</param>
/// <param name="Score">Mean probability of its tokens' labels, 0..1; 1 for a rule.</param>
public readonly record struct Entity(TextSpan Span, string Label, float Score)
{
    /// <summary>Who found it; null where one model labels alone.</summary>
    public EntitySource? Source { get; init; }
}

/// <summary>Who found an entity: one of several models, or a rule. Immutable; one object for all entities of a source.</summary>
public sealed record EntitySource
{
    private EntitySource(string? model, string? ruleId) => (Model, RuleId) = (model, ruleId);

    /// <summary>Name of the model; null when a rule found it.</summary>
    public string? Model { get; }

    /// <summary>Id of the rule; null when it has none, or when a model found it.</summary>
    public string? RuleId { get; }

    /// <summary>Whether a rule found it.</summary>
    public bool IsRule => Model is null;

    /// <summary>A model.</summary>
    public static EntitySource OfModel(string name) => new(name, null);

    /// <summary>A rule.</summary>
    public static EntitySource OfRule(string? id) => new(null, id);
}
