namespace StreamNer.Inference.Decoding;

/// <summary>What one label says of its token.</summary>
/// <param name="Part">Which part of an entity the token is.</param>
/// <param name="Type">The entity's type; empty outside.</param>
internal readonly record struct LabelMeaning(EntityPart Part, string Type);

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
