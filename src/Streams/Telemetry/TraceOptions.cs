using Microsoft.Extensions.Options;

namespace StreamNer.Streams.Telemetry;

/// <summary>How many documents are traced, once an exporter or another listener asks for traces.</summary>
public sealed record TraceOptions
{
    /// <summary>Where these settings stand in the configuration.</summary>
    public const string Section = "StreamNer:Telemetry:Traces";

    /// <summary>
    /// Share of the documents without a <c>traceparent</c> that begin a trace of their own, 0 to 1. Default 1. Where there is a
    /// <c>traceparent</c> its sender has decided: what it sampled is traced, what it did not is not.
    /// </summary>
    public double SampleRatio { get; init; } = 1;

    /// <summary>
    /// Documents traced a second, at most, whoever sampled them. Default 50. The <c>traceparent</c> of the others passes through as it
    /// came.
    /// </summary>
    public int MaxPerSecond { get; init; } = 50;
}

/// <summary>Checks the section of traces and reports all its problems.</summary>
internal sealed class TraceOptionsValidator : IValidateOptions<TraceOptions>
{
    private const int MostPerSecond = 10_000;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, TraceOptions options)
    {
        List<string> problems = [];
        if (options.SampleRatio is not (>= 0 and <= 1))
            problems.Add($"{TraceOptions.Section}:SampleRatio is {options.SampleRatio.ToString(System.Globalization.CultureInfo.InvariantCulture)}, it must be between 0 (none) and 1 (all)");
        if (options.MaxPerSecond is < 0 or > MostPerSecond)
            problems.Add($"{TraceOptions.Section}:MaxPerSecond is {options.MaxPerSecond}, it must be between 0 (none) and {MostPerSecond}");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
