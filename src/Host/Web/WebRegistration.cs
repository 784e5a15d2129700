using Microsoft.AspNetCore.RateLimiting;
using StreamNer.Host.Health;
using StreamNer.Host.Observability;

namespace StreamNer.Host.Web;

/// <summary>Sets up the HTTP side: the server, its limits, its endpoints.</summary>
internal static class WebRegistration
{
    private const string Index =
        """
        StreamNer

        GET  /health/live    the process answers
        GET  /health/ready   documents would flow, or why not
        GET  /metrics        Prometheus
        GET  /info           model, lanes, topics
        GET  /v1/status      throughput, latency, lag, lanes and dead letters, now and in the last 15 minutes
        POST /v1/label       {"text": "..."} or {"texts": ["...", "..."]}, application/json

        """;

    /// <summary>Adds the server, bounded as the options say.</summary>
    public static void AddWeb(this WebApplicationBuilder builder, ServicePlan plan)
    {
        var options = plan.Settings.Web;
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
        });
        builder.WebHost.UseUrls(options.Url);

        var services = builder.Services;
        services.AddRoutingCore();
        services.AddProblemDetails();
        services.AddSingleton<Readiness>();
        services.AddSingleton<LabelEndpoint>();
        services.AddSingleton<InfoEndpoint>();
        services.AddRateLimiter(limiter =>
        {
            limiter.AddConcurrencyLimiter(LabelEndpoint.LimiterPolicy, limit => limit.PermitLimit = options.MaxConcurrentRequests);
            limiter.OnRejected = (rejected, _) => new ValueTask(Problem.WriteTooManyAsync(
                rejected.HttpContext,
                $"{options.MaxConcurrentRequests} requests are being worked on, the limit of {WebOptions.Section}:MaxConcurrentRequests; try again later"));
        });
        services.AddHostFiltering(filter =>
        {
            filter.AllowedHosts = options.IsLoopback ? ["localhost", "127.0.0.1", "[::1]"] : ["*"];
            filter.IncludeFailureMessage = false;
        });
    }

    /// <summary>Puts the request path together.</summary>
    public static void MapWeb(this WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseExceptionHandler();
        app.UseStatusCodePages();

        // A page elsewhere could otherwise reach a service on this machine by a name of its own that leads here.
        app.UseHostFiltering();
        app.UseRouting();
        app.UseRateLimiter();

        app.MapGet("/", () => Index);
        app.MapHealth();
        app.MapObservability();
        app.MapGet("/info", app.Services.GetRequiredService<InfoEndpoint>().HandleAsync);
        app.MapPost("/v1/label", app.Services.GetRequiredService<LabelEndpoint>().HandleAsync).RequireRateLimiting(LabelEndpoint.LimiterPolicy);
    }
}
