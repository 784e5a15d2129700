namespace StreamNer.Inference.Rules;

/// <summary>Which rules find entities beside the models.</summary>
public sealed record RuleOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "StreamNer:Rules";

    /// <summary>
    /// File of rules, JSON lines; relative to the working directory, else to the program's. Empty, the default, is no rules.
    /// </summary>
    public string Path { get; init; } = "";

    /// <summary>Who stays when a rule's match and a model's entity share a character. Default <see cref="RuleConflict.Rules"/>.</summary>
    public RuleConflict Conflict { get; init; } = RuleConflict.Rules;

    /// <summary>Whether capital and small letters are the same, in phrases and in regular expressions. Default off.</summary>
    public bool IgnoreCase { get; init; }

    /// <summary>
    /// Longest time that the regular expressions may take for one document, all together; then the document fails. Default 2 s. Raise it
    /// for long documents and many expressions. Phrases don't count: their time grows with the text alone.
    /// </summary>
    public TimeSpan MatchTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Most rules of the file. Default 100,000.</summary>
    public int MaxPatterns { get; init; } = 100_000;

    /// <summary>Largest file in bytes. Default 16 MiB.</summary>
    public int MaxFileBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Whether there are rules at all.</summary>
    public bool IsOn => Path.Length > 0;

    /// <summary>Says everything that is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (!Enum.IsDefined(Conflict))
            yield return $"{Section}:Conflict is {(int)Conflict}, it must be one of {string.Join(", ", Enum.GetNames<RuleConflict>())}";
        if (MatchTimeout < TimeSpan.FromMilliseconds(1) || MatchTimeout > TimeSpan.FromMinutes(1))
            yield return $"{Section}:MatchTimeout is {MatchTimeout}, it must be between 1 ms and 1 minute";
        if (MaxPatterns is < 1 or > 1_000_000)
            yield return $"{Section}:MaxPatterns is {MaxPatterns}, it must be between 1 and 1000000";
        if (MaxFileBytes is < 1 or > 256 * 1024 * 1024)
            yield return $"{Section}:MaxFileBytes is {MaxFileBytes}, it must be between 1 and 268435456 (256 MiB)";
    }
}

/// <summary>Who stays when a rule's match and a model's entity share a character.</summary>
public enum RuleConflict
{
    /// <summary>
    /// The rule's match stays, every model's entity that it touches goes. The default: a rule is written for what models get wrong.
    /// </summary>
    Rules,

    /// <summary>The models' entities stay, a match that touches one goes.</summary>
    Model,

    /// <summary>The longer one stays, in characters; of equals the rule's match.</summary>
    Longest,
}
