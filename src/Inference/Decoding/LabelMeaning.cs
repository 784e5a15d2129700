namespace StreamNer.Inference.Decoding;

/// <summary>What one label says of its token.</summary>
/// <param name="Part">Which part of an entity the token is.</param>
/// <param name="Type">The entity's type; empty outside. Only what is of the same type goes on.</param>
/// <param name="Name">How the entity is called, mostly its type.</param>
internal readonly record struct LabelMeaning(EntityPart Part, string Type, string Name);

/// <summary>Which part of an entity a token is.</summary>
internal enum EntityPart
{
    /// <summary>Outside of any.</summary>
    None,

    /// <summary>Its first token.</summary>
    Begin,

    /// <summary>A token after the first; the first one where nothing of its type stands before.</summary>
    Inside,

    /// <summary>Its last token.</summary>
    End,

    /// <summary>Its only token.</summary>
    Single,
}
