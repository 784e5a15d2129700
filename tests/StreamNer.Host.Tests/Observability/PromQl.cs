using System.Globalization;
using System.Text.RegularExpressions;

namespace StreamNer.Host.Tests.Observability;

/// <summary>
/// The part of PromQL that the alert rules are written in, evaluated over scrapes that are held in memory. <c>rate</c>, <c>increase</c>
/// and <c>deriv</c> use what lies within their range, without extrapolation to its edges.
/// </summary>
internal sealed partial class PromQl
{
    private readonly string[] _tokens;
    private int _next;

    private PromQl(string text)
    {
        _tokens = [.. Token().Matches(text).Select(match => match.Value)];
        if (string.Concat(_tokens) != text.Replace(" ", "", StringComparison.Ordinal))
            throw new FormatException($"not read as a whole: {text}");
    }

    /// <summary>Values of one moment: an expression evaluated at a time.</summary>
    public delegate IReadOnlyList<Series> Expression(Scrapes scrapes, TimeSpan at);

    /// <exception cref="FormatException">The expression uses what this reader does not know.</exception>
    public static Expression Parse(string text)
    {
        var reader = new PromQl(text);
        var expression = reader.And();
        return reader._next == reader._tokens.Length ? expression : throw new FormatException($"more than an expression: {text}");
    }

    private Expression And()
    {
        var left = Comparison();
        while (Take("and"))
        {
            string[]? on = Take("on") ? Labels() : null;
            var (kept, right) = (left, Comparison());
            left = (scrapes, at) =>
            {
                var others = right(scrapes, at).Select(series => series.Key(on)).ToHashSet();
                return [.. kept(scrapes, at).Where(series => others.Contains(series.Key(on)))];
            };
        }

        return left;
    }

    private Expression Comparison()
    {
        var left = Operand();
        if (_next == _tokens.Length || _tokens[_next] is not (">" or "<" or ">=" or "<=" or "=="))
            return left;

        var sign = _tokens[_next++];
        var limit = double.Parse(_tokens[_next++], CultureInfo.InvariantCulture);
        return (scrapes, at) => [.. left(scrapes, at).Where(series => sign switch
        {
            ">" => series.Value > limit,
            "<" => series.Value < limit,
            ">=" => series.Value >= limit,
            "<=" => series.Value <= limit,
            _ => series.Value == limit,
        })];
    }

    private Expression Operand()
    {
        if (Take("("))
            return Closed(And());

        var name = _tokens[_next++];
        switch (name)
        {
            case "sum" or "max" or "min":
                Expect("by");
                var labels = Labels();
                Expect("(");
                var of = Closed(And());
                return (scrapes, at) => [.. of(scrapes, at).GroupBy(series => series.Key(labels), (_, group) => group.ToArray())
                    .Select(group => new Series(group[0].Only(labels), name switch
                    {
                        "sum" => group.Sum(series => series.Value),
                        "max" => group.Max(series => series.Value),
                        _ => group.Min(series => series.Value),
                    }))];
            case "rate" or "increase" or "deriv":
                Expect("(");
                var (metric, match) = Selector();
                Expect("[");
                var range = Duration(_tokens[_next++]);
                Expect("]");
                Expect(")");
                return (scrapes, at) => [.. scrapes.Over(metric, match, at - range, at)
                    .Where(points => points.Value.Count > 1)
                    .Select(points => new Series(points.Key.Labels, name switch
                    {
                        "rate" => Increase(points.Value) / (points.Value[^1].At - points.Value[0].At).TotalSeconds,
                        "increase" => Increase(points.Value),
                        _ => Slope(points.Value),
                    }))];
            default:
                _next--;
                var (gauge, equal) = Selector();
                return (scrapes, at) => scrapes.At(gauge, equal, at);
        }
    }

    private Expression Closed(Expression inner)
    {
        Expect(")");
        return inner;
    }

    private (string Metric, Dictionary<string, string> Equal) Selector()
    {
        var (metric, equal) = (_tokens[_next++], new Dictionary<string, string>());
        if (!Name().IsMatch(metric))
            throw new FormatException($"no name of a metric: {metric}");
        if (Take("{"))
        {
            do
            {
                var label = _tokens[_next++];
                Expect("=");
                equal.Add(label, _tokens[_next++].Trim('"'));
            }
            while (Take(","));
            Expect("}");
        }

        return (metric, equal);
    }

    private string[] Labels()
    {
        Expect("(");
        List<string> labels = [_tokens[_next++]];
        while (Take(","))
            labels.Add(_tokens[_next++]);
        Expect(")");
        return [.. labels];
    }

    private bool Take(string token)
    {
        if (_next == _tokens.Length || _tokens[_next] != token)
            return false;
        _next++;
        return true;
    }

    private void Expect(string token)
    {
        if (!Take(token))
            throw new FormatException($"{token} expected behind {string.Join(' ', _tokens[.._next])}");
    }

    /// <summary>Reads 15s, 5m or 2h.</summary>
    public static TimeSpan Duration(string text) => int.Parse(text[..^1], CultureInfo.InvariantCulture) * text[^1] switch
    {
        's' => TimeSpan.FromSeconds(1),
        'm' => TimeSpan.FromMinutes(1),
        'h' => TimeSpan.FromHours(1),
        _ => throw new FormatException($"no duration: {text}"),
    };

    // A counter that is less than before began anew with its process.
    private static double Increase(IReadOnlyList<(TimeSpan At, double Value)> points) =>
        points.Zip(points.Skip(1), (a, b) => b.Value >= a.Value ? b.Value - a.Value : b.Value).Sum();

    private static double Slope(IReadOnlyList<(TimeSpan At, double Value)> points)
    {
        var (time, value) = (points.Average(point => point.At.TotalSeconds), points.Average(point => point.Value));
        return points.Sum(point => (point.At.TotalSeconds - time) * (point.Value - value))
            / points.Sum(point => Math.Pow(point.At.TotalSeconds - time, 2));
    }

    [GeneratedRegex("""\d+[smh]|[a-zA-Z_:][a-zA-Z0-9_:]*|\d+(\.\d+)?|"[^"]*"|[<>=]=|[(){}\[\],=<>]""")]
    private static partial Regex Token();

    [GeneratedRegex("^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
    private static partial Regex Name();

    /// <summary>One value of an expression, with its labels in order.</summary>
    internal sealed record Series(IReadOnlyList<(string Name, string Value)> Labels, double Value)
    {
        /// <summary>What tells it from others, by the given labels or by all.</summary>
        public string Key(string[]? by) => string.Join(',', by is null ? Labels : Only(by));

        /// <summary>The given labels alone.</summary>
        public IReadOnlyList<(string Name, string Value)> Only(string[] by) => [.. Labels.Where(label => by.Contains(label.Name))];
    }

    /// <summary>What was scraped, and when.</summary>
    internal sealed partial class Scrapes
    {
        private static readonly TimeSpan Lookback = TimeSpan.FromMinutes(5);

        private readonly List<(TimeSpan At, Dictionary<Id, double> Values)> _scrapes = [];

        /// <summary>Takes one scrape, or that the target did not answer, as <c>up</c> tells it.</summary>
        /// <param name="at">When.</param>
        /// <param name="text">What it answered; null when it did not.</param>
        public void Add(TimeSpan at, PrometheusText? text)
        {
            (string Name, string Value)[] target = [("instance", "here"), ("job", "streamner")];
            var values = new Dictionary<Id, double> { [new Id("up", target)] = text is null ? 0 : 1 };
            foreach (var (series, value) in text?.Series ?? new Dictionary<string, double>())
            {
                var brace = series.IndexOf('{', StringComparison.Ordinal);
                var labels = Label().Matches(series[brace..]).Select(match => (match.Groups[1].Value, match.Groups[2].Value));
                values[new Id(series[..brace], [.. labels.Concat(target).OrderBy(label => label.Item1, StringComparer.Ordinal)])] = value;
            }

            _scrapes.Add((at, values));
        }

        /// <summary>The newest value of each series that was there at the last scrape.</summary>
        public IReadOnlyList<Series> At(string metric, Dictionary<string, string> equal, TimeSpan at)
        {
            var last = _scrapes.LastOrDefault(scrape => scrape.At <= at && scrape.At > at - Lookback);
            return last.Values is null ? []
                : [.. last.Values.Where(value => value.Key.Fits(metric, equal)).Select(value => new Series(value.Key.Labels, value.Value))];
        }

        /// <summary>All values of each series between two times.</summary>
        public Dictionary<Id, List<(TimeSpan At, double Value)>> Over(
            string metric, Dictionary<string, string> equal, TimeSpan after, TimeSpan until)
        {
            var series = new Dictionary<Id, List<(TimeSpan, double)>>();
            foreach (var (at, values) in _scrapes.Where(scrape => scrape.At > after && scrape.At <= until))
            {
                foreach (var (id, value) in values.Where(value => value.Key.Fits(metric, equal)))
                {
                    if (!series.TryGetValue(id, out var points))
                        series.Add(id, points = []);
                    points.Add((at, value));
                }
            }

            return series;
        }

        [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)",?""")]
        private static partial Regex Label();
    }

    /// <summary>Name and labels of a series.</summary>
    internal sealed class Id(string metric, IReadOnlyList<(string Name, string Value)> labels) : IEquatable<Id>
    {
        private readonly string _text = $"{metric}{{{string.Join(',', labels)}}}";

        public IReadOnlyList<(string Name, string Value)> Labels { get; } = labels;

        public bool Fits(string name, Dictionary<string, string> equal) =>
            metric == name && equal.All(label => Labels.Contains((label.Key, label.Value)));

        public bool Equals(Id? other) => other is not null && _text == other._text;

        public override bool Equals(object? obj) => Equals(obj as Id);

        public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);
    }
}
