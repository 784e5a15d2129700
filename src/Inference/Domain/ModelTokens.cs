namespace StreamNer.Inference.Domain;

/// <summary>The tokens of one model among those of several.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Count">How many tokens in a row are its own.</param>
/// <param name="IsTagger">Whether its labels are classes of words, so that it gives tokens and no entities.</param>
public readonly record struct ModelTokens(string Model, int Count, bool IsTagger);
