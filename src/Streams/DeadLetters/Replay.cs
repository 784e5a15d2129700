namespace StreamNer.Streams.DeadLetters;

/// <summary>What became of the dead letters of one topic. Counts.</summary>
internal sealed record ReplayOutcome
{
    /// <summary>Sent back and acknowledged; when only looking, those that would be sent.</summary>
    public int Sent { get; init; }

    /// <summary>Sent back by an earlier replay.</summary>
    public int SentBefore { get; init; }

    /// <summary>Of another stage or code than was asked for.</summary>
    public int Filtered { get; init; }

    /// <summary>Without their value, which the dead-letter topic did not take.</summary>
    public int WithoutValue { get; init; }

    /// <summary>From a topic that is none of the input topics, or that no header names.</summary>
    public int Foreign { get; init; }

    /// <summary>Refused by the broker.</summary>
    public int Refused { get; init; }

    /// <summary>True when the limit was reached before the end.</summary>
    public bool MoreLeft { get; init; }
}

/// <summary>What a replay notes together.</summary>
/// <param name="Code">Why the letters are here.</param>
/// <param name="Topic">Where they came from.</param>
internal readonly record struct ReplayNote(string Code, string Topic)
{
    /// <summary>That of a letter that names its topic.</summary>
    public static ReplayNote Of(DeadLetter letter) => new(letter.Code, letter.Topic!);
}

/// <summary>
/// Knows what earlier replays of one dead-letter topic have sent back: for each code and input topic an offset in each partition, before
/// which all of these are sent.
/// </summary>
/// <remarks>
/// By both, so that a replay of one code leaves those of the others to be replayed later, and a topic that is named in the configuration
/// later finds its letters unsent. One caller at a time.
/// </remarks>
internal sealed class ReplayProgress
{
    private readonly Dictionary<(ReplayNote Note, int Partition), long> _sentBefore = [];
    private readonly HashSet<ReplayNote> _changed = [];

    /// <summary>That of which more has been sent since <see cref="Saved"/>.</summary>
    public IReadOnlyCollection<ReplayNote> Changed => _changed;

    /// <summary>Notes what was sent by earlier replays.</summary>
    public void Load(ReplayNote note, IReadOnlyDictionary<int, long> offsets)
    {
        foreach (var (partition, offset) in offsets)
            _sentBefore[(note, partition)] = offset;
    }

    /// <summary>Whether a letter has been sent back before.</summary>
    public bool WasSent(DeadLetter letter) => _sentBefore.TryGetValue((ReplayNote.Of(letter), letter.Entry.Partition), out var before)
        && letter.Entry.Offset < before;

    /// <summary>Notes that a letter was sent back. Letters of a partition must come in their order.</summary>
    public void Sent(DeadLetter letter)
    {
        _sentBefore[(ReplayNote.Of(letter), letter.Entry.Partition)] = letter.Entry.Offset + 1;
        _changed.Add(ReplayNote.Of(letter));
    }

    /// <summary>The offsets of one code and topic.</summary>
    public IReadOnlyDictionary<int, long> OffsetsOf(ReplayNote note) =>
        _sentBefore.Where(one => one.Key.Note == note).ToDictionary(one => one.Key.Partition, one => one.Value);

    /// <summary>Notes that everything has been committed.</summary>
    public void Saved() => _changed.Clear();
}
