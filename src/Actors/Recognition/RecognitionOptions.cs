namespace StreamNer.Actors.Recognition;

/// <summary>How the recognition actors work and when they give up.</summary>
public sealed record RecognitionOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "StreamNer:Recognition";

    /// <summary>Tokenizer actors of each model, and threads that they all share; 0, the default, is one for every two cores.</summary>
    public int Tokenizers { get; init; }

    /// <summary>
    /// What requests get of the computing while the stream has work too, as a share of the tokens computed, 0.05..0.95. Default 0.25.
    /// Whoever has work alone gets all of it.
    /// </summary>
    public double RequestShare { get; init; } = 0.25;

    /// <summary>
    /// Characters of texts that requests may wait for at once; beyond it a request is refused with 429. One text may exceed it alone.
    /// Default 16777216, which is 32 MiB of text. The stream is never refused, it waits.
    /// </summary>
    public int MaxWaitingCharacters { get; init; } = 16_777_216;

    /// <summary>What <see cref="LoadTimeout"/> is called in messages.</summary>
    internal const string LoadTimeoutSetting = $"{Section}:{nameof(LoadTimeout)}";

    /// <summary>How long a model may load and warm up before that is ended, and the process with it. Default 10 minutes.</summary>
    public TimeSpan LoadTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long one batch may compute before its lane counts as hung. Default 2 minutes. The lane is then cancelled and started anew, and
    /// if it doesn't come back within the same time again, the process ends. Must be longer than the slowest batch takes.
    /// </summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Wait before the first restart of a lost lane; it doubles with each further one. Default 0.5 s.</summary>
    public TimeSpan RestartMinBackoff { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest wait before a restart. Default 30 s.</summary>
    public TimeSpan RestartMaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Restarts in a row after which a lane is given up, and after which the process ends when the actors of a model fail. Default 8.
    /// What ran for ten minutes starts counting anew.
    /// </summary>
    public int MaxRestarts { get; init; } = 8;

    /// <summary>Lanes that a document may lose before it is the document's fault. Default 3.</summary>
    public int MaxLaneLosses { get; init; } = 3;

    /// <summary>Counts the restarts of one lane, or of one model's actors; what ran for ten minutes is healthy again.</summary>
    internal Restarts CountRestarts(TimeProvider clock) =>
        new(RestartMinBackoff, RestartMaxBackoff, TimeSpan.FromMinutes(10), clock) { Limit = MaxRestarts };

    /// <summary>Says everything that is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (Tokenizers is < 0 or > 1024)
            yield return $"{Section}:Tokenizers is {Tokenizers}, it must be between 0 (by cores) and 1024";
        if (RequestShare is not (>= 0.05 and <= 0.95))
            yield return $"{Section}:RequestShare is {RequestShare}, it must be between 0.05 and 0.95";
        if (MaxWaitingCharacters < 1)
            yield return $"{Section}:MaxWaitingCharacters is {MaxWaitingCharacters}, it must be 1 or more";
        if (LoadTimeout < TimeSpan.FromSeconds(1))
            yield return $"{LoadTimeoutSetting} is {LoadTimeout}, it must be 1 second or more";
        if (StallTimeout < TimeSpan.FromSeconds(1))
            yield return $"{Section}:StallTimeout is {StallTimeout}, it must be 1 second or more";
        if (RestartMinBackoff <= TimeSpan.Zero)
            yield return $"{Section}:RestartMinBackoff is {RestartMinBackoff}, it must be more than 0";
        if (RestartMaxBackoff < RestartMinBackoff)
        {
            yield return $"{Section}:RestartMaxBackoff {RestartMaxBackoff} must not be less than "
                + $"{Section}:RestartMinBackoff {RestartMinBackoff}";
        }

        if (MaxRestarts < 0)
            yield return $"{Section}:MaxRestarts is {MaxRestarts}, it must not be negative";
        if (MaxLaneLosses < 1)
            yield return $"{Section}:MaxLaneLosses is {MaxLaneLosses}, it must be 1 or more";
    }
}
