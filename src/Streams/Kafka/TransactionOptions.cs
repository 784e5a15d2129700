namespace StreamNer.Streams.Kafka;

/// <summary>Transactions of delivery exactly once. Without it none of these has an effect.</summary>
public sealed record TransactionOptions
{
    /// <summary>Where these settings stand in the configuration.</summary>
    public const string Section = KafkaOptions.Section + ":Transaction";

    /// <summary>Most records that may be under way, in a transaction or elsewhere: more than that is no bound.</summary>
    internal const int MostRecords = 10_000_000;

    private const int MaxIdLength = 249;

    /// <summary>
    /// Name of this instance at the brokers' transaction coordinator (<c>transactional.id</c>). Whoever begins with the same name aborts at
    /// once what its predecessor left open, and locks it out. Each running instance needs a name of its own. Default none set: group,
    /// machine and the lowest number that no other instance on this machine has, such as <c>streamner-host1-0</c>.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>
    /// Records of one transaction, at most; with them so many more may be under way. Default 20000. A transaction holds whole batches, so
    /// it may hold up to <c>Pipeline:MaxBatchRecords</c> more.
    /// </summary>
    public int MaxRecords { get; init; } = 20_000;

    /// <summary>
    /// How long a transaction takes answers, at most. Default 100 ms. It ends earlier when nothing else is under way: a stream with little
    /// to do doesn't wait.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// When the brokers abort a transaction that nobody ends (<c>transaction.timeout.ms</c>): for so long an instance that was killed holds
    /// up every <c>read_committed</c> reader behind its last records, unless its successor has the same name. Default 15 s. Must not be
    /// more than the brokers' <c>transaction.max.timeout.ms</c>.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A transaction that is open for longer than this stands for a fault: the service is not ready.</summary>
    internal TimeSpan Overdue => Interval * 10;

    internal IEnumerable<string> Problems()
    {
        if (Id is { } id && (id.Length is 0 or > MaxIdLength || id.Any(c => c is < ' ' or > '~')))
        {
            yield return $"{Section}:Id is '{id}', it must have 1 to {MaxIdLength} printable characters of ASCII; leave it out for a name "
                + "of group, machine and a number";
        }

        if (MaxRecords < 1)
            yield return $"{Section}:MaxRecords is {MaxRecords}, it must be at least 1";
        if (MaxRecords > MostRecords)
            yield return $"{Section}:MaxRecords is {MaxRecords}, it must be at most {MostRecords}";
        if (Interval <= TimeSpan.Zero)
            yield return $"{Section}:Interval is {Interval}, it must be more than zero";
        if (Timeout < TimeSpan.FromSeconds(1) || Timeout > TimeSpan.FromMinutes(15))
        {
            yield return $"{Section}:Timeout is {Timeout}, it must be from 1 s to 15 minutes";
        }
        else if (Interval > Timeout / 3)
        {
            yield return $"{Section}:Interval is {Interval}, it must not be more than a third of {Section}:Timeout {Timeout}: a "
                + "transaction must end before the brokers abort it";
        }
    }
}
