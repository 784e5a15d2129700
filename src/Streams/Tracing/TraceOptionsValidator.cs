using Microsoft.Extensions.Options;

namespace StreamNer.Streams.Tracing;

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
