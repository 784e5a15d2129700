using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using StreamNer.Embedded;
using StreamNer.Host.Observability;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Benchmarks;

/// <summary>
/// Kafka to Kafka with a classifier that costs nothing: watched as in the product against not watched at all, in turn, on one embedded
/// broker.
/// </summary>
/// <remarks>
/// Watched is: every instrument collected once a second, the history behind <c>GET /v1/status</c>, and spans at their default bound that
/// are batched for an exporter. Every record has a <c>traceparent</c>, sampled by its sender in one of 100; for a model that costs nothing
/// this is the worst case, since all else is the same for each document. The order changes with each round. On a machine that does other
/// work besides, the ratio of processor time says more than that of documents a second: it does not count what others took.
/// </remarks>
internal static class TelemetryBenchmark
{
    private const int Rounds = 15;

    public static IEnumerable<Figure> Run()
    {
        using var broker = EmbeddedBroker.Start();
        broker.Mock?.SetInitialRebalanceDelay(TimeSpan.Zero);
        broker.CreateTopic("input", KafkaBenchmark.Partitions);
        InputTopic.Fill(broker.BootstrapServers, "input", KafkaBenchmark.Partitions, KafkaBenchmark.Records, TraceParent);

        var run = 0;
        (double Seconds, double ComputedSeconds) Once(Action<IServiceCollection>? watch)
        {
            var output = $"output-{run}";
            broker.CreateTopic(output, KafkaBenchmark.Partitions);
            return KafkaBenchmark.Pipeline(broker.BootstrapServers, $"group-{run++}", output, KafkaBenchmark.Recognition(), watch);
        }

        var (off, metrics, all) = (new (double Seconds, double ComputedSeconds)[Rounds],
            new (double Seconds, double ComputedSeconds)[Rounds], new (double Seconds, double ComputedSeconds)[Rounds]);
        for (var round = -1; round < Rounds; round++)
        {
            Action<int>[] turns =
            [
                at => off[at] = Once(null),
                at => metrics[at] = Once(AddMetrics),
                at => all[at] = Once(services =>
                {
                    AddMetrics(services);
                    AddTraces(services);
                }),
            ];
            for (var turn = 0; turn < turns.Length; turn++)
                turns[(turn + Math.Max(round, 0)) % turns.Length](Math.Max(round, 0));
        }

        yield return Speed("not watched", off);
        yield return Cost(off);
        foreach (var (what, runs, against) in new[] { ("metrics and status", metrics, "not watched"),
            ("metrics, status and traces", all, "not watched; bar 0.97") })
        {
            yield return Speed(what, runs) with
            {
                Ratio = Paired.Median([.. off.Zip(runs, (bare, watched) => bare.Seconds / watched.Seconds)]),
                Against = against
            };
            yield return Cost(runs) with
            {
                Ratio = Paired.Median(
                [.. off.Zip(runs, (bare, watched) => bare.ComputedSeconds / watched.ComputedSeconds)]),
                Against = against
            };
        }
    }

    private static Figure Speed(string what, (double Seconds, double ComputedSeconds)[] runs) =>
        new($"Kafka to Kafka, {what}", $"{KafkaBenchmark.Records / Paired.Median([.. runs.Select(run => run.Seconds)]):F0} documents/s",
            Figure.InTurn(Rounds));

    private static Figure Cost((double Seconds, double ComputedSeconds)[] runs) =>
        new("the same, processor time",
            $"{Paired.Median([.. runs.Select(run => run.ComputedSeconds)]) / KafkaBenchmark.Records * 1e6:F1} µs/document",
            Figure.InTurn(Rounds));

    private static Headers TraceParent(int record) =>
        new() { { "traceparent", Encoding.ASCII.GetBytes($"00-{Guid.NewGuid():N}-00f067aa0ba902b7-{(record % 100 == 0 ? "01" : "00")}") } };

    private static void AddMetrics(IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddStatus();
        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddServiceMeters()
            .AddReader(new PeriodicExportingMetricReader(new Discard<Metric>(), exportIntervalMilliseconds: 1000)));
    }

    private static void AddTraces(IServiceCollection services) =>
        services.AddOpenTelemetry().WithTracing(traces => traces
            .AddSource(DocumentTracing.SourceName)
            .SetSampler(new AlwaysOnSampler())
            .AddProcessor(new BatchActivityExportProcessor(new Discard<System.Diagnostics.Activity>())));

    /// <summary>Takes everything and sends nothing: what the network costs is the collector's.</summary>
    private sealed class Discard<T> : BaseExporter<T>
        where T : class
    {
        public override ExportResult Export(in Batch<T> batch)
        {
            foreach (var _ in batch)
            {
            }

            return ExportResult.Success;
        }
    }
}
