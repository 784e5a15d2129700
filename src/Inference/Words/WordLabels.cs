using StreamNer.Inference.Domain;

namespace StreamNer.Inference.Words;

/// <summary>What became of a text whose words were given.</summary>
/// <param name="Labels">
/// One for each given word, as the model names it; null for a word of which the tokenizer keeps nothing, for one behind a cut that the
/// configuration allowed, and for all when the text failed.
/// </param>
/// <param name="Failure">Why the text has no labels; null when it has.</param>
internal sealed record WordLabels(IReadOnlyList<string?> Labels, DocumentOutcome.Failed? Failure);
