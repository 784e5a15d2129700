using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;

namespace StreamNer.Actors.Tokenization;

/// <summary>What passes between a model's actor and its tokenizers.</summary>
internal static class TokenizerProtocol
{
    /// <summary>Some documents of a question, in a row.</summary>
    /// <param name="Question">The question.</param>
    /// <param name="From">Index of the first document.</param>
    /// <param name="Count">How many.</param>
    /// <param name="Characters">Of all their texts.</param>
    /// <param name="Estimate">What the model's actor reckons with, in tokens.</param>
    public sealed record Chunk(Question Question, int From, int Count, int Characters, long Estimate);

    /// <summary>Asks a tokenizer to cut a chunk. Answered by exactly one <see cref="Tokenized"/>.</summary>
    public sealed record Tokenize(Chunk Chunk);

    /// <summary>Answers <see cref="Tokenize"/>.</summary>
    /// <param name="Chunk">As asked.</param>
    /// <param name="Documents">One for each: the cut document, or why there is none. Empty when the question was abandoned
    /// meanwhile.</param>
    /// <param name="Took">How long the tokenizer worked on it.</param>
    public sealed record Tokenized(
        Chunk Chunk, IReadOnlyList<(TokenizedDocument? Document, DocumentOutcome.Failed? Failure)> Documents, TimeSpan Took);
}
