namespace StreamNer.Inference.Domain;

/// <summary>Identifies a document: a CloudEvent's id, an id of the user's, or <c>topic/partition/offset</c>.</summary>
public readonly record struct DocumentId
{
    /// <summary>Makes an id.</summary>
    /// <exception cref="ArgumentException"><paramref name="value"/> is empty or white space.</exception>
    public DocumentId(string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(value);
        Value = value;
    }

    /// <summary>The id as text.</summary>
    /// <exception cref="InvalidOperationException">The id is <c>default</c>, which is not an id.</exception>
    public string Value => field ?? throw new InvalidOperationException("default(DocumentId) is not an id");

    /// <inheritdoc/>
    public override string ToString() => Value;
}
