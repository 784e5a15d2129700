using StreamNer.Streams.Kafka;
using StreamNer.Streams.Reading;

namespace StreamNer.Streams.Pipeline;

/// <summary>The bounds and times of the pipeline.</summary>
public sealed record PipelineOptions
{
    /// <summary>Where these settings stand in the configuration.</summary>
    public const string Section = "StreamNer:Pipeline";

    /// <summary>Fewest bytes that may be: a batch is a share of it.</summary>
    private const int LeastBytes = 1024;

    private static readonly TimeSpan UsualRevokeTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Records between consumer and commit, at most; every other queue lies behind this bound. Default 4096. Higher costs memory and
    /// gained nothing that was measured. With slower models fewer are taken: what is finished within a quarter of
    /// <see cref="DrainTimeout"/> at the rate of the last moments, so that a shutdown or a rebalance never waits long.
    /// </summary>
    public int MaxDocumentsInFlight { get; init; } = 4096;

    /// <summary>
    /// Bytes of these records (keys, values and headers as consumed), at most. Default 128 MiB. A single larger record still passes,
    /// alone.
    /// </summary>
    public long MaxBytesInFlight { get; init; } = 128L * 1024 * 1024;

    /// <summary>
    /// Records of one batch, at most. Default 500. Batches are smaller when little flows. Must not exceed <see
    /// cref="MaxDocumentsInFlight"/>.
    /// </summary>
    public int MaxBatchRecords { get; init; } = 500;

    /// <summary>
    /// Batches that wait for the recogniser at the same time, at most. Default 32. Higher only helps when batches are small.
    /// </summary>
    public int MaxBatchesInRecognition { get; init; } = 32;

    /// <summary>
    /// Longest wait for the recogniser's answer to one batch while nothing is computed. Default 10 minutes: the recogniser has limits of
    /// its own and always answers, so this only catches a broken one. When it passes the graph is restarted and the records are read again.
    /// </summary>
    public TimeSpan AskTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Longest time in which nothing is finished, and no part of a batch computed, while records are under way. Default 5 minutes. When it
    /// passes the service is not ready, logs what is stuck where, and restarts the graph from the committed offsets.
    /// </summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Longest wait at shutdown for records under way. Default 20 s. What is not finished by then is read again by the next
    /// instance, so its events come twice. Raise it with slow models; the orchestrator's grace period must be longer still.
    /// </summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Longest wait for records under way when the group takes partitions away. Default none set: 30 s, or two thirds of the time that the
    /// group waits if that is less (<c>max.poll.interval.ms</c>; at the embedded broker <c>session.timeout.ms</c>). Must stay below that
    /// time, or the group gives up on this member.
    /// </summary>
    public TimeSpan? RevokeTimeout { get; init; }

    /// <summary>
    /// How long there must have been no room before partitions are paused. Default 1 s. Pausing throws away what the client has
    /// fetched ahead, so a short time makes a busy pipeline several times slower; the consumer does not poll meanwhile.
    /// </summary>
    public TimeSpan PauseAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Wait before the first restart of a failed graph; it doubles each time, with up to 20 % added at random. Default 1 s.
    /// </summary>
    public TimeSpan MinRestartBackoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest such wait. Default 30 s. A run that lasted longer than this starts the count anew.</summary>
    public TimeSpan MaxRestartBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Says everything that is wrong with these values, alone and beside those of the other sections; empty when nothing is.
    /// </summary>
    public IEnumerable<string> Problems(KafkaOptions kafka, ReadingOptions reading)
    {
        List<string> problems = [];
        Between(nameof(MaxDocumentsInFlight), MaxDocumentsInFlight, 1, TransactionOptions.MostRecords);
        Between(nameof(MaxBytesInFlight), MaxBytesInFlight, LeastBytes, long.MaxValue);
        Between(nameof(MaxBatchRecords), MaxBatchRecords, 1, TransactionOptions.MostRecords);
        Between(nameof(MaxBatchesInRecognition), MaxBatchesInRecognition, 1, TransactionOptions.MostRecords);
        MoreThanZero(nameof(AskTimeout), AskTimeout);
        MoreThanZero(nameof(StallTimeout), StallTimeout);
        MoreThanZero(nameof(DrainTimeout), DrainTimeout);
        MoreThanZero(nameof(PauseAfter), PauseAfter);
        MoreThanZero(nameof(MinRestartBackoff), MinRestartBackoff);

        if (MaxBatchRecords > MaxDocumentsInFlight)
            problems.Add($"{Section}:MaxBatchRecords {MaxBatchRecords} must not exceed MaxDocumentsInFlight {MaxDocumentsInFlight}");
        if (MaxRestartBackoff < MinRestartBackoff)
            problems.Add($"{Section}:MaxRestartBackoff {MaxRestartBackoff} must not be less than MinRestartBackoff {MinRestartBackoff}");

        var maxValue = reading.MaxValueBytes;
        if (MaxBytesInFlight < maxValue)
        {
            problems.Add($"{Section}:MaxBytesInFlight {MaxBytesInFlight} must not be less than "
                + $"{ReadingOptions.Section}:MaxValueBytes {maxValue}");
        }

        AddTimeProblems(kafka, problems);
        return problems;

        void Between(string key, long value, long least, long most)
        {
            if (value < least)
                problems.Add($"{Section}:{key} is {value}, it must be at least {least}");
            if (value > most)
                problems.Add($"{Section}:{key} is {value}, it must be at most {most}");
        }

        void MoreThanZero(string key, TimeSpan value)
        {
            if (value <= TimeSpan.Zero)
                problems.Add($"{Section}:{key} is {value}, it must be more than zero");
        }
    }

    /// <summary>Longest wait for records of partitions that are taken away.</summary>
    internal TimeSpan RevokeTimeoutOrDefault(KafkaOptions kafka)
    {
        if (RevokeTimeout is { } written)
            return written;
        var most = ClientSettings.RebalanceTimeout(kafka) * 2 / 3;
        return most < UsualRevokeTimeout ? most : UsualRevokeTimeout;
    }

    private void AddTimeProblems(KafkaOptions kafka, List<string> problems)
    {
        var (session, maxPoll, rebalance) =
            (ClientSettings.SessionTimeout(kafka), ClientSettings.MaxPollInterval(kafka), ClientSettings.RebalanceTimeout(kafka));
        if (RevokeTimeout is { } revoke && (revoke <= TimeSpan.Zero || revoke >= rebalance))
        {
            problems.Add(
                $"{Section}:RevokeTimeout is {revoke}, it must be more than zero and less than {rebalance}, the consumer's "
                + (kafka.Broker == BrokerKind.Embedded ? "session.timeout.ms" : "max.poll.interval.ms"));
        }

        if (PauseAfter >= session)
            problems.Add($"{Section}:PauseAfter is {PauseAfter}, it must be less than the consumer's session timeout {session}");
        if (session > maxPoll)
        {
            problems.Add($"{KafkaOptions.Section}:Consumer:session.timeout.ms {session.TotalMilliseconds} must not exceed "
                + $"max.poll.interval.ms {maxPoll.TotalMilliseconds}");
        }
    }
}
