using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Publishing;

/// <summary>What the output events hold.</summary>
public sealed record OutputOptions
{
    /// <summary>Where these settings stand in the configuration.</summary>
    public const string Section = "StreamNer:Output";

    /// <summary>
    /// Whether events list the label of every token besides the entities. Default off; on, events grow to several times their text.
    /// </summary>
    public bool Tokens { get; init; }

    /// <summary>
    /// Names of the input's headers that are copied to its event, besides <c>traceparent</c> and <c>tracestate</c>, which always are.
    /// Default none. Names that the event itself uses (<c>ce_...</c>, <c>content-type</c>) are refused.
    /// </summary>
    public IReadOnlyList<string> PassHeaders { get; init; } = [];

    /// <summary>Says everything that is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        List<string> problems = [];
        foreach (var header in PassHeaders)
        {
            if (string.IsNullOrWhiteSpace(header))
            {
                problems.Add($"{Section}:PassHeaders has an empty name, each must name a header");
            }
            else if (header.Equals(HeaderNames.ContentType, StringComparison.OrdinalIgnoreCase)
                || header.StartsWith(HeaderNames.CloudEventPrefix, StringComparison.OrdinalIgnoreCase))
            {
                problems.Add($"{Section}:PassHeaders has '{header}', which the event sets itself; leave it out");
            }
        }

        return problems;
    }
}
