using System.Collections;
using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using StreamNer.Embedded;
using StreamNer.Host.Configuration;
using StreamNer.Host.Settings;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Host.Tests.Observability;

[Collection(ProcessWideMetrics.Name)]
public sealed class OtlpTests : IAsyncDisposable
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _collected = new();
    private readonly WebApplication _collector;

    public OtlpTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _collector = builder.Build();
        _collector.MapPost("/v1/{signal}", async (HttpRequest request, string signal) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            _collected.Enqueue((signal, body.ToArray()));
        });
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _collector.DisposeAsync();
        _broker.Dispose();
    }

    [Fact]
    public async Task A_collector_gets_the_spans_of_a_document_and_the_metrics()
    {
        await _collector.StartAsync(Stop);
        var plan =
            ServicePlan.Make(ServiceUnderTest.Settings(_broker, $"Telemetry:OtlpEndpoint={_collector.Urls.Single()}",
                "Telemetry:OtlpProtocol=HttpProtobuf"));
        await using (var service = await Service.StartAsync(plan, Stop))
        {
            await ServiceUnderTest.ReadyAsync(service, Stop);
            using var writer = new TopicWriter(_broker.BootstrapServers, "documents");
            writer.Write("a", "Sarah lives in London",
                headers: new Headers { { "traceparent", Encoding.ASCII.GetBytes($"00-{Trace}-00f067aa0ba902b7-01") } });
            writer.Flush();
            using var reader = new TopicReader(_broker.BootstrapServers, "entities", partitions: 4);
            Assert.StartsWith($"00-{Trace}-", reader.Read(1)[0].Headers["traceparent"]);
            await service.StopAsync();
        }

        // Stopping the service sends what has not been sent yet.
        var spans = Bodies("traces");
        Assert.True(Holds(spans, Convert.FromHexString(Trace)));
        Assert.All(["poll documents", "process documents", "send entities", "streamner"], name =>
            Assert.True(Holds(spans, Encoding.UTF8.GetBytes(name)), name));
        Assert.False(Holds(spans, "Sarah"u8));
        Assert.True(Holds(Bodies("metrics"), "streamner.document.duration"u8));
    }

    [Fact]
    public void Our_settings_win_over_the_standards_variables_and_the_rest_of_these_counts()
    {
        var variables = new Hashtable
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://elsewhere:4317",
            ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = "http://traces:4317",
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "a=b",
            ["PATH"] = "/bin",
        };

        var settings = OtlpSettings.Of(
            new TelemetryOptions { OtlpEndpoint = "http://here:4318", OtlpProtocol = OtlpProtocol.HttpProtobuf }, variables);

        Assert.Equal("http://here:4318", settings["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        Assert.Equal("http/protobuf", settings["OTEL_EXPORTER_OTLP_PROTOCOL"]);
        Assert.Equal("a=b", settings["OTEL_EXPORTER_OTLP_HEADERS"]);
        Assert.Equal(3, settings.Count);
    }

    [Fact]
    public void Without_an_endpoint_nothing_is_sent()
    {
        var settings = OtlpSettings.Of(new TelemetryOptions(), new Hashtable { ["OTEL_SERVICE_NAME"] = "ner" });

        Assert.False(OtlpSettings.SendsTraces(settings));
        Assert.False(OtlpSettings.SendsMetrics(settings));
    }

    [Fact]
    public void Variables_that_mean_nothing_are_named_with_what_they_must_be()
    {
        var variables = new Hashtable
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "foo",
            ["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = "http://here:4318/v1/metrics",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "bar",
        };

        Assert.Equal(
            [
                "OTEL_EXPORTER_OTLP_ENDPOINT is 'foo', it must be an http or https address, as in http://localhost:4317",
                "OTEL_EXPORTER_OTLP_PROTOCOL is 'bar', it must be grpc or http/protobuf",
            ],
            OtlpSettings.Ignored(OtlpSettings.Of(new TelemetryOptions(), variables)));
        Assert.Empty(OtlpSettings.Ignored(OtlpSettings.Of(new TelemetryOptions(), new Hashtable())));
    }

    private byte[] Bodies(string signal) => [.. _collected.Where(one => one.Path == signal).SelectMany(one => one.Body)];

    private static bool Holds(byte[] bodies, ReadOnlySpan<byte> part) => bodies.AsSpan().IndexOf(part) >= 0;
}
