namespace StreamNer.Host.Observability;

/// <summary>What the instruments have counted until one moment.</summary>
internal sealed record ServiceReading
{
    /// <summary>Durations of documents, as <see cref="DurationCounts"/> counts them.</summary>
    public required long[] Durations { get; init; }

    public required long Entities { get; init; }

    public required long Batches { get; init; }

    public required long BatchWindows { get; init; }

    /// <summary>The padding shares of all batches, added up.</summary>
    public required double BatchPadding { get; init; }

    /// <summary>Tokens that wait for a lane at this moment.</summary>
    public required long QueueTokens { get; init; }

    public required IReadOnlyDictionary<DeadLetterKind, long> DeadLetters { get; init; }

    /// <summary>Seconds that each lane has computed.</summary>
    public required IReadOnlyDictionary<LaneKey, double> LaneBusySeconds { get; init; }

    /// <summary>Round trips of batches to other nodes of a cluster, as <see cref="DurationCounts"/> counts them.</summary>
    public required long[] RoundTrips { get; init; }

    /// <summary>Batches that other nodes computed.</summary>
    public required long BatchesScored { get; init; }

    /// <summary>Batches that left for other nodes and were given to others.</summary>
    public required long BatchesGivenBack { get; init; }

    public required long PoolBytesSent { get; init; }

    public required long PoolBytesReceived { get; init; }
}

/// <summary>Why records became dead letters: both names come from closed lists.</summary>
internal readonly record struct DeadLetterKind(string Stage, string Code);

/// <summary>One lane of one model.</summary>
internal readonly record struct LaneKey(string Model, int Lane);
