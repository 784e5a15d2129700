namespace StreamNer.Inference.Domain;

/// <summary>One word or punctuation mark with the label the model gave it.</summary>
/// <param name="Span">Where the token stands in the original text.</param>
/// <param name="Label">A class of the model's <c>id2label</c>, such as <c>B-PER</c> or <c>NOUN</c>.</param>
/// <param name="Score">The label's probability, 0..1.</param>
public readonly record struct LabelledToken(TextSpan Span, string Label, float Score);
