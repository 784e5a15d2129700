namespace StreamNer.Inference.Domain;

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
