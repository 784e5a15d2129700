using StreamNer.Actors.Recognition;

namespace StreamNer.Actors.Supervision;

/// <summary>What is asked and not yet answered: count, characters and age, by asker. Written by the root, read by any thread.</summary>
internal sealed class WaitingQuestions(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Side _stream = new();
    private readonly Side _requests = new();

    /// <summary>Adds a question.</summary>
    public void Add(OpenQuestion question)
    {
        lock (_gate)
        {
            var side = Of(question.Question.Asker);
            side.ByAge.Add(question, side.Next++);
            side.InOrder.Add(side.ByAge[question], question);
            side.Characters += question.Characters;
            side.Documents += question.Question.Documents.Count;
        }
    }

    /// <summary>Removes a question.</summary>
    /// <returns>False when it was removed before.</returns>
    public bool Remove(OpenQuestion question)
    {
        lock (_gate)
        {
            var side = Of(question.Question.Asker);
            if (!side.ByAge.Remove(question, out var number))
                return false;
            side.InOrder.Remove(number);
            side.Characters -= question.Characters;
            side.Documents -= question.Question.Documents.Count;
            return true;
        }
    }

    /// <summary>How much waits now on one asker's behalf.</summary>
    public (int Questions, long Characters, int Documents, TimeSpan Oldest) Measure(RecognitionProtocol.Asker asker)
    {
        lock (_gate)
        {
            var side = Of(asker);
            var oldest = side.InOrder.Count == 0 ? TimeSpan.Zero : clock.GetElapsedTime(side.InOrder.First().Value.AskedAt);
            return (side.ByAge.Count, side.Characters, side.Documents, oldest);
        }
    }

    /// <summary>All of them, the oldest first.</summary>
    public OpenQuestion[] All()
    {
        lock (_gate)
            return [.. _stream.InOrder.Values, .. _requests.InOrder.Values];
    }

    private Side Of(RecognitionProtocol.Asker asker) => asker == RecognitionProtocol.Asker.Stream ? _stream : _requests;

    private sealed class Side
    {
        public Dictionary<OpenQuestion, long> ByAge { get; } = [];

        public SortedDictionary<long, OpenQuestion> InOrder { get; } = [];

        public long Next { get; set; }

        public long Characters { get; set; }

        public int Documents { get; set; }
    }
}
