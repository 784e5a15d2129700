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

/// <summary>
/// Knows what earlier replays of one dead-letter topic have sent back: for each code an offset in each partition, before which all of
/// that code are sent.
/// </summary>
/// <remarks>By code, so that a replay of one code leaves those of the others to be replayed later. One caller at a time.</remarks>
internal sealed class ReplayProgress
{
    private readonly Dictionary<(string Code, int Partition), long> _sentBefore = [];
    private readonly HashSet<string> _changed = [];

    /// <summary>Codes of which more has been sent since <see cref="Saved"/>.</summary>
    public IReadOnlyCollection<string> Changed => _changed;

    /// <summary>Notes what was sent by earlier replays.</summary>
    public void Load(string code, IReadOnlyDictionary<int, long> offsets)
    {
        foreach (var (partition, offset) in offsets)
            _sentBefore[(code, partition)] = offset;
    }

    /// <summary>Whether a letter has been sent back before.</summary>
    public bool WasSent(DeadLetter letter) => _sentBefore.TryGetValue((letter.Code, letter.Entry.Partition), out var before)
        && letter.Entry.Offset < before;

    /// <summary>Notes that a letter was sent back. Letters of a partition must come in their order.</summary>
    public void Sent(DeadLetter letter)
    {
        _sentBefore[(letter.Code, letter.Entry.Partition)] = letter.Entry.Offset + 1;
        _changed.Add(letter.Code);
    }

    /// <summary>The offsets of one code.</summary>
    public IReadOnlyDictionary<int, long> OffsetsOf(string code) =>
        _sentBefore.Where(one => one.Key.Code == code).ToDictionary(one => one.Key.Partition, one => one.Value);

    /// <summary>Notes that everything has been committed.</summary>
    public void Saved() => _changed.Clear();
}
