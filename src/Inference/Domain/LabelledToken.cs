namespace StreamNer.Inference.Domain;

/// <summary>One word or punctuation mark with the label the model gave it.</summary>
/// <param name="Span">Where the token stands in the original text.</param>
/// <param name="Label">A class of the model's <c>id2label</c>, such as <c>B-PER</c> or <c>NOUN</c>.</param>
/// <param name="Score">The label's probability, 0..1.</param>
public readonly record struct LabelledToken(TextSpan Span, string Label, float Score);

/// <summary>The tokens of one model among those of several.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Count">How many tokens in a row are its own.</param>
/// <param name="IsTagger">Whether its labels are classes of words, so that it gives tokens and no entities.</param>
public readonly record struct ModelTokens(string Model, int Count, bool IsTagger);
