using Akka.Actor;
using StreamNer.Inference.Domain;

namespace StreamNer.Actors.Recognition;

/// <summary>One question and what is known of its answer so far. Belongs to the recognition actor alone.</summary>
internal sealed class RecognitionJob(IReadOnlyList<Document> documents, IActorRef replyTo)
{
    private readonly DocumentOutcome?[] _outcomes = new DocumentOutcome?[documents.Count];

    public IReadOnlyList<Document> Documents { get; } = documents;

    public IActorRef ReplyTo { get; } = replyTo;

    /// <summary>Documents without an outcome.</summary>
    public int Open { get; private set; } = documents.Count;

    /// <summary>Sets the outcome of one document; the first one counts.</summary>
    public void Settle(int document, DocumentOutcome outcome)
    {
        if (_outcomes[document] is not null)
            return;
        _outcomes[document] = outcome;
        Open--;
    }

    /// <summary>The answer, once nothing is open.</summary>
    public RecognitionProtocol.Recognised Answer() => new(_outcomes!);
}
