using StreamNer.Inference.Domain;

namespace StreamNer.Actors.Recognition;

/// <summary>One question on its way through the actors, which share it: each of them sees at once when nobody waits for it any more.</summary>
internal sealed class Question(IReadOnlyList<Document> documents, RecognitionProtocol.Asker asker)
{
    private volatile bool _isAbandoned;

    public IReadOnlyList<Document> Documents { get; } = documents;

    public RecognitionProtocol.Asker Asker { get; } = asker;

    /// <summary>True when nobody waits for the answer any more: whatever is still to be done for it is dropped. Any thread.</summary>
    public bool IsAbandoned => _isAbandoned;

    public void Abandon() => _isAbandoned = true;
}
