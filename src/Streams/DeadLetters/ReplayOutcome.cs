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
