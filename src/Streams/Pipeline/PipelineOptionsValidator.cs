using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Reading;

namespace StreamNer.Streams.Pipeline;

/// <summary>Checks the pipeline section, alone and against the others, and reports all its problems.</summary>
internal sealed class PipelineOptionsValidator(UncheckedOptions others) : IValidateOptions<PipelineOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PipelineOptions options)
    {
        List<string> problems = [];
        AtLeastOne(nameof(options.MaxDocumentsInFlight), options.MaxDocumentsInFlight);
        AtLeastOne(nameof(options.MaxBytesInFlight), options.MaxBytesInFlight);
        AtLeastOne(nameof(options.MaxBatchRecords), options.MaxBatchRecords);
        AtLeastOne(nameof(options.MaxBatchesInRecognition), options.MaxBatchesInRecognition);
        MoreThanZero(nameof(options.AskTimeout), options.AskTimeout);
        MoreThanZero(nameof(options.StallTimeout), options.StallTimeout);
        MoreThanZero(nameof(options.DrainTimeout), options.DrainTimeout);
        MoreThanZero(nameof(options.PauseAfter), options.PauseAfter);
        MoreThanZero(nameof(options.MinRestartBackoff), options.MinRestartBackoff);

        if (options.MaxBatchRecords > options.MaxDocumentsInFlight)
            problems.Add($"{PipelineOptions.Section}:MaxBatchRecords {options.MaxBatchRecords} must not exceed MaxDocumentsInFlight {options.MaxDocumentsInFlight}");
        if (options.MaxRestartBackoff < options.MinRestartBackoff)
            problems.Add($"{PipelineOptions.Section}:MaxRestartBackoff {options.MaxRestartBackoff} must not be less than MinRestartBackoff {options.MinRestartBackoff}");

        var maxValue = others.Reading.MaxValueBytes;
        if (options.MaxBytesInFlight < maxValue)
            problems.Add($"{PipelineOptions.Section}:MaxBytesInFlight {options.MaxBytesInFlight} must not be less than {ReadingOptions.Section}:MaxValueBytes {maxValue}");

        Times(options, ClientSettings.SessionTimeout(others.Kafka), ClientSettings.MaxPollInterval(others.Kafka), problems);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);

        void AtLeastOne(string key, long value)
        {
            if (value < 1)
                problems.Add($"{PipelineOptions.Section}:{key} is {value}, it must be at least 1");
        }

        void MoreThanZero(string key, TimeSpan value)
        {
            if (value <= TimeSpan.Zero)
                problems.Add($"{PipelineOptions.Section}:{key} is {value}, it must be more than zero");
        }
    }

    private static void Times(PipelineOptions options, TimeSpan session, TimeSpan maxPoll, List<string> problems)
    {
        if (options.RevokeTimeout is { } revoke && (revoke <= TimeSpan.Zero || revoke >= session))
            problems.Add($"{PipelineOptions.Section}:RevokeTimeout is {revoke}, it must be more than zero and less than the consumer's session timeout {session}");
        if (options.PauseAfter >= session)
            problems.Add($"{PipelineOptions.Section}:PauseAfter is {options.PauseAfter}, it must be less than the consumer's session timeout {session}");
        if (session > maxPoll)
            problems.Add($"{KafkaOptions.Section}:Consumer:session.timeout.ms {session.TotalMilliseconds} must not exceed max.poll.interval.ms {maxPoll.TotalMilliseconds}");
    }
}

/// <summary>
/// The other sections as they are written, for validators that compare: asking for checked ones would hide problems behind each other.
/// </summary>
internal sealed class UncheckedOptions(IConfiguration configuration)
{
    public KafkaOptions Kafka => configuration.GetSection(KafkaOptions.Section).Get<KafkaOptions>() ?? new KafkaOptions();

    public ReadingOptions Reading => configuration.GetSection(ReadingOptions.Section).Get<ReadingOptions>() ?? new ReadingOptions();
}
