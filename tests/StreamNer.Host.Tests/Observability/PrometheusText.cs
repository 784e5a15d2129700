using System.Globalization;
using System.Text.RegularExpressions;

namespace StreamNer.Host.Tests.Observability;

/// <summary>Reads what <c>/metrics</c> answers, and takes nothing that Prometheus' text format 0.0.4 does not allow.</summary>
internal sealed partial class PrometheusText
{
    private readonly Dictionary<string, string> _types = [];
    private readonly Dictionary<string, double> _series = [];

    private PrometheusText()
    {
    }

    /// <summary>Every metric with its type: counter, gauge, histogram.</summary>
    public IReadOnlyDictionary<string, string> Types => _types;

    /// <summary>Every series, as <c>name{label="value",...}</c> with the labels in order, and its value.</summary>
    public IReadOnlyDictionary<string, double> Series => _series;

    /// <exception cref="FormatException">The text breaks the format.</exception>
    public static PrometheusText Parse(string text)
    {
        if (!text.EndsWith('\n'))
            throw new FormatException("the last line does not end");
        var parsed = new PrometheusText();
        foreach (var line in text.Split('\n')[..^1])
            parsed.Read(line);
        parsed.CheckHistograms();
        return parsed;
    }

    private void Read(string line)
    {
        if (line.Length == 0 || line == "# EOF")
            return;

        if (line.StartsWith('#'))
        {
            var comment = Comment().Match(line);
            if (!comment.Success)
                throw new FormatException($"no comment that is known: {line}");
            if (comment.Groups["kind"].Value == "TYPE" && !_types.TryAdd(comment.Groups["name"].Value, comment.Groups["rest"].Value))
                throw new FormatException($"a second TYPE: {line}");
            return;
        }

        var sample = Sample().Match(line);
        if (!sample.Success)
            throw new FormatException($"no sample: {line}");

        var name = sample.Groups["name"].Value;
        if (!_types.ContainsKey(name)
            && !(Suffix().Replace(name, "") is var family && _types.TryGetValue(family, out var type) && type is "histogram" or "summary"))
        {
            throw new FormatException($"no TYPE before: {line}");
        }

        var labels = Label().Matches(sample.Groups["labels"].Value)
            .Select(label => (Name: label.Groups["label"].Value, Value: label.Groups["value"].Value)).ToArray();
        if (labels.Select(label => label.Name).Distinct().Count() != labels.Length)
            throw new FormatException($"a label twice: {line}");
        var sorted = labels.OrderBy(label => label.Name, StringComparer.Ordinal).Select(label => $"{label.Name}=\"{label.Value}\"");
        var series = $"{name}{{{string.Join(',', sorted)}}}";
        if (!_series.TryAdd(series, Number(sample.Groups["value"].Value)))
            throw new FormatException($"a series twice: {series}");
    }

    private void CheckHistograms()
    {
        foreach (var histogram in _types.Where(type => type.Value == "histogram").Select(type => type.Key))
        {
            var buckets = _series.Where(series => series.Key.StartsWith($"{histogram}_bucket{{", StringComparison.Ordinal))
                .GroupBy(series => Le().Replace(series.Key, ""), series =>
                    (Bound: Number(Le().Match(series.Key).Groups["le"].Value), series.Value));
            foreach (var labelled in buckets)
            {
                var rising = labelled.OrderBy(bucket => bucket.Bound).ToArray();
                if (!double.IsPositiveInfinity(rising[^1].Bound))
                    throw new FormatException($"no bucket for all: {labelled.Key}");
                if (rising.Zip(rising.Skip(1)).Any(pair => pair.First.Value > pair.Second.Value))
                    throw new FormatException($"buckets are not cumulative: {labelled.Key}");
            }
        }
    }

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex("""^# (?<kind>TYPE|HELP|UNIT) (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<rest>.+)$""")]
    private static partial Regex Comment();

    [GeneratedRegex(
        """^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)"""
        + """(\{(?<labels>([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\[\\"n])*",?)*)\})? (?<value>\S+)( (?<time>-?\d+))?$""")]
    private static partial Regex Sample();

    [GeneratedRegex("""(?<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>([^"\\\n]|\\[\\"n])*)",?""")]
    private static partial Regex Label();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();

    [GeneratedRegex("""le="(?<le>[^"]+)",?""")]
    private static partial Regex Le();
}
