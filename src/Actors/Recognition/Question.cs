using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;

namespace StreamNer.Actors.Recognition;

/// <summary>
/// One question on its way through the actors, which share it: each of them sees at once when nobody waits for it any more.
/// </summary>
internal sealed class Question(IReadOnlyList<Document> documents, RecognitionProtocol.Asker asker)
{
    public IReadOnlyList<Document> Documents { get; } = documents;

    public RecognitionProtocol.Asker Asker { get; } = asker;

    /// <summary>Told each time a part of it was computed.</summary>
    public RecognitionProgress? Progress { get; init; }

    /// <summary>Of all its texts.</summary>
    public long Characters { get; } = documents.Sum(document => (long)document.Text.Length);

    /// <summary>True when nobody waits for the answer any more: whatever is still to be done for it is dropped. Any thread.</summary>
    public bool IsAbandoned => Abandoned.IsSet;

    /// <summary>The same for those who know documents only.</summary>
    public AbandonFlag Abandoned { get; } = new();

    public void Abandon() => Abandoned.Set();
}
