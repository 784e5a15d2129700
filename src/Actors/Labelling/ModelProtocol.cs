using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;

namespace StreamNer.Actors.Labelling;

/// <summary>What passes between the root and the actor of one model.</summary>
internal static class ModelProtocol
{
    /// <summary>
    /// Asks for the labels of a question's documents. Answered by one <see cref="Labelled"/>, unless the question is abandoned.
    /// </summary>
    public sealed record Label(Question Question);

    /// <summary>Tells that a question was abandoned: what is open of it is dropped. Not answered.</summary>
    public sealed record Abandon(Question Question);

    /// <summary>Answers <see cref="Label"/>.</summary>
    /// <param name="Question">The question.</param>
    /// <param name="Outcomes">One for each document, in order.</param>
    public sealed record Labelled(Question Question, IReadOnlyList<DocumentOutcome> Outcomes);
}
