using System.Globalization;
using StreamNer.Inference.Decoding;
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
    /// The least score of an entity, 0..1; those below are left out. Default 0: all are listed. Tokens always are, and matches of rules
    /// have 1.
    /// </summary>
    public double MinScore { get; init; }

    /// <summary>Other least scores by the entity's label, in any case, such as <c>MISC</c>: 0..1. Default none.</summary>
    public IReadOnlyDictionary<string, double> MinScoreOf { get; init; } = new Dictionary<string, double>();

    /// <summary>What <c>start</c>, <c>end</c> and <c>textLength</c> count. Default UTF-16 code units.</summary>
    public OffsetUnit OffsetUnit { get; init; } = OffsetUnit.Utf16;

    /// <summary>The least scores together.</summary>
    internal ScoreThreshold Threshold => new(MinScore, MinScoreOf);

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

        if (!IsScore(MinScore))
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"{Section}:MinScore is {MinScore}, it must be between 0 and 1"));
        foreach (var (label, score) in MinScoreOf.Where(entry => !IsScore(entry.Value)))
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"{Section}:MinScoreOf:{label} is "
                + $"{score}, it must be between 0 and 1"));
        }

        if (!Enum.IsDefined(OffsetUnit))
            problems.Add($"{Section}:OffsetUnit is '{OffsetUnit}', it must be {OffsetUnits.Names}");
        return problems;
    }

    private static bool IsScore(double value) => value is >= 0 and <= 1;
}
