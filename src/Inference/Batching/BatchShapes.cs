namespace StreamNer.Inference.Batching;

/// <summary>Which batches there will be.</summary>
/// <param name="Budget">What one may cost.</param>
/// <param name="LongestWindow">The longest window, in tokens, special pieces included.</param>
internal readonly record struct BatchShapes(PaddedTokenBudget Budget, int LongestWindow);
