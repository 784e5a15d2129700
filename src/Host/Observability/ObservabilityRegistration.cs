using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http.Features;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using StreamNer.Host.Configuration;
using StreamNer.Host.Settings;
using StreamNer.Host.Web.Answers;
using StreamNer.Inference;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Host.Observability;

/// <summary>Sets up what watches the service: metrics and status.</summary>
internal static class ObservabilityRegistration
{
    private static readonly double[] Seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
    private static readonly double[] Windows = [1, 2, 4, 8, 16, 32, 64, 128, 256];
    private static readonly double[] Tokens = [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768];
    private static readonly double[] Shares = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75];

    /// <summary>
    /// Adds metrics for Prometheus, the status that is read inside the process and, when a collector is configured, traces and metrics for
    /// it.
    /// </summary>
    public static void AddObservability(this WebApplicationBuilder builder, ServicePlan plan)
    {
        var otlp = OtlpSettings.Of(plan.Settings.Telemetry);
        builder.Configuration.AddInMemoryCollection(otlp);
        var services = builder.Services;
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource =>
                resource.AddService("streamner", serviceVersion: ProductVersion.Text).AddEnvironmentVariableDetector())
            .WithMetrics(metrics =>
            {
                metrics.AddServiceMeters().AddPrometheusExporter();
                if (OtlpSettings.SendsMetrics(otlp))
                    metrics.AddOtlpExporter();
            });

        // Which documents are traced is decided before a span is made, so all that are made are kept.
        if (OtlpSettings.SendsTraces(otlp))
        {
            telemetry.WithTracing(traces =>
                traces.AddSource(DocumentTracing.SourceName).SetSampler(new AlwaysOnSampler()).AddOtlpExporter());
        }

        services.AddStatus(plan.Settings.Cluster.Enabled);
        services.AddSingleton<StatusEndpoint>();
    }

    /// <summary>Adds the history that the status is made of, which is kept from the start of the host on.</summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="isNode">Whether this process is a node of a cluster.</param>
    public static void AddStatus(this IServiceCollection services, bool isNode = false)
    {
        services.AddSingleton<ServiceMeters>();
        services.AddSingleton(provider => new StatusHistory(provider.GetRequiredService<ServiceMeters>(),
            provider.GetRequiredService<PipelineStatus>(), provider.GetRequiredService<TimeProvider>())
        {
            IsNode = isNode,
        });
        services.AddHostedService(provider => provider.GetRequiredService<StatusHistory>());
    }

    /// <summary>Adds every instrument, with buckets that fit it.</summary>
    public static MeterProviderBuilder AddServiceMeters(this MeterProviderBuilder metrics) =>
        metrics.AddMeter("StreamNer.*", "System.Runtime", "Microsoft.AspNetCore.Hosting").AddView(Buckets);

    /// <summary>Adds <c>GET /metrics</c> and <c>GET /v1/status</c>.</summary>
    public static void MapObservability(this WebApplication app)
    {
        // All others that scrape wait for the one that is written: it must not wait for its reader.
        var answers = app.Services.GetRequiredService<AnswerWriter>();
        app.MapPrometheusScrapingEndpoint("/metrics", meterProvider: null, branch => branch.Use(next => context =>
            WriteWholeAsync(context, next, answers)), optionsName: null)
            .WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
        app.MapGet("/v1/status", app.Services.GetRequiredService<StatusEndpoint>().HandleAsync);
    }

    /// <summary>Lets an answer be made in memory, and sends it then.</summary>
    private static async Task WriteWholeAsync(HttpContext context, RequestDelegate next, AnswerWriter answers)
    {
        using var whole = new MemoryStream();
        var body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(whole));
        try
        {
            await next(context);
            await context.Response.CompleteAsync();
        }
        finally
        {
            context.Features.Set(body);
        }

        await answers.WriteAsync(context, context.Response.ContentType, whole.GetBuffer().AsMemory(0, (int)whole.Length));
    }

    // The SDK's own buckets are meant for milliseconds.
    private static ExplicitBucketHistogramConfiguration? Buckets(Instrument instrument) => instrument switch
    {
        Histogram<double> { Unit: "s" } => new() { Boundaries = Seconds },
        Histogram<double> { Unit: "1" } => new() { Boundaries = Shares },
        Histogram<int> { Unit: "{window}" } => new() { Boundaries = Windows },
        Histogram<int> { Unit: "{token}" } => new() { Boundaries = Tokens },
        _ => null,
    };
}
