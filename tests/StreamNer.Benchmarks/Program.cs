using System.Diagnostics;
using System.Runtime.InteropServices;
using Spectre.Console;
using StreamNer.Benchmarks;

if (args is [NodeProcess.Verb, .. var node])
    return await NodeProcess.RunAsync(node);

// dotnet run -c Release --project tests/StreamNer.Benchmarks [-- NAME ...]
(string Name, Func<IEnumerable<Figure>> Run)[] benchmarks =
[
    ("tokenizer", TokenizerBenchmark.Run),
    ("label", LabelBenchmark.Run),
    ("decoding", DecodingBenchmark.Run),
    ("rules", RulesBenchmark.Run),
    ("lanes", LaneBenchmark.Run),
    ("models", ModelsBenchmark.Run),
    ("padding", PaddingBenchmark.Run),
    ("kafka", KafkaBenchmark.Run),
    ("telemetry", TelemetryBenchmark.Run),
    ("viewers", ViewersBenchmark.Run),
    ("abandoned", AbandonedBenchmark.Run),
    ("latency", LatencyBenchmark.Run),
    ("memory", MemoryBenchmark.Run),
    ("pool", PoolBenchmark.Run),
    ("gpu", GpuBenchmark.Run),
];

var unknown = args.Except(benchmarks.Select(benchmark => benchmark.Name), StringComparer.Ordinal).ToArray();
if (unknown.Length > 0)
{
    await Console.Error.WriteLineAsync($"no benchmark is called {string.Join(" or ", unknown)}; there are "
        + $"{string.Join(", ", benchmarks.Select(benchmark => benchmark.Name))}");
    return 2;
}

var table = new Table().Border(TableBorder.Markdown).AddColumns("benchmark", "figure", "measured", "ratio", "against");
foreach (var (name, run) in benchmarks.Where(benchmark => args.Length == 0 || args.Contains(benchmark.Name, StringComparer.Ordinal)))
{
    var started = Stopwatch.GetTimestamp();
    foreach (var figure in run())
    {
        table.AddRow(Markup.Escape(figure.What), Markup.Escape(figure.Value), figure.How,
            figure.Ratio is { } ratio ? $"{ratio:F2}" : "", Markup.Escape(figure.Against));
    }

    await Console.Error.WriteLineAsync($"{name}: {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s");
}

AnsiConsole.Profile.Width = 240;
AnsiConsole.Write(table);
Console.WriteLine(
    $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
return 0;
