namespace StreamNer.Streams.Telemetry;

/// <summary>Why transactions end, as the metric names it.</summary>
internal static class TransactionEnd
{
    /// <summary>It holds as many records as it may.</summary>
    public const string Full = "full";

    /// <summary>It has taken answers for as long as it may.</summary>
    public const string Interval = "interval";

    /// <summary>A rebalance or a stop waits for it.</summary>
    public const string Asked = "asked";

    /// <summary>Nothing else is under way.</summary>
    public const string Idle = "idle";

    /// <summary>The brokers refused one of its records; the others were sent again.</summary>
    public const string Refused = "refused";

    /// <summary>Another instance has the name.</summary>
    public const string Fenced = "fenced";

    /// <summary>The brokers or the client refused to go on, or a partition was taken away.</summary>
    public const string Failed = "failed";

    /// <summary>The run ended before it was complete.</summary>
    public const string Stopped = "stopped";

    /// <summary>Reasons of those that were committed.</summary>
    public static IReadOnlyList<string> OfCommits { get; } = [Full, Interval, Asked, Idle];

    /// <summary>Reasons of those that were aborted.</summary>
    public static IReadOnlyList<string> OfAborts { get; } = [Refused, Fenced, Failed, Stopped];
}
