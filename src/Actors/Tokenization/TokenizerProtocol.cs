using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;

namespace StreamNer.Actors.Tokenization;

/// <summary>What passes between the recognition actor and its tokenizers.</summary>
internal static class TokenizerProtocol
{
    /// <summary>Asks a tokenizer to cut some documents of a question. Answered by exactly one <see cref="Tokenized"/>.</summary>
    /// <param name="Job">The question.</param>
    /// <param name="From">Index of the first document.</param>
    /// <param name="Count">How many documents in a row.</param>
    /// <param name="Estimate">What the recognition actor reckoned with, in tokens; comes back unchanged.</param>
    public sealed record Tokenize(RecognitionJob Job, int From, int Count, long Estimate);

    /// <summary>Answers <see cref="Tokenize"/>.</summary>
    /// <param name="Job">The question.</param>
    /// <param name="From">Index of the first document.</param>
    /// <param name="Documents">One for each: the cut document, or why there is none.</param>
    /// <param name="Estimate">As asked.</param>
    public sealed record Tokenized(
        RecognitionJob Job, int From, IReadOnlyList<(TokenizedDocument? Document, DocumentOutcome.Failed? Failure)> Documents, long Estimate);
}
