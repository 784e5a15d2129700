namespace StreamNer.Inference.Domain;

/// <summary>A run of tokens that the model labels as one thing: a person, a place, a date.</summary>
/// <param name="Span">Where the entity stands in the original text; <c>text[Start..End]</c> is its surface form.</param>
/// <param name="Label">The type without scheme prefix, such as <c>PER</c>.</param>
/// <param name="Score">Mean probability of its tokens' labels, 0..1.</param>
public readonly record struct Entity(TextSpan Span, string Label, float Score);
