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

    private const int MostPerSecond = 10_000;

    /// <summary>Says everything that is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        List<string> problems = [];
        if (SampleRatio is not (>= 0 and <= 1))
        {
            problems.Add($"{Section}:SampleRatio is {SampleRatio.ToString(System.Globalization.CultureInfo.InvariantCulture)}, it must "
                + $"be between 0 (none) and 1 (all)");
        }

        if (MaxPerSecond is < 0 or > MostPerSecond)
            problems.Add($"{Section}:MaxPerSecond is {MaxPerSecond}, it must be between 0 (none) and {MostPerSecond}");
        return problems;
    }
}
