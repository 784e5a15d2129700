using Microsoft.AspNetCore.Server.Kestrel.Core;
using StreamNer.Host.Configuration;
using StreamNer.Host.Health;
using StreamNer.Host.Observability;
using StreamNer.Host.Settings;
using StreamNer.Host.Web.Access;
using StreamNer.Host.Web.Answers;
using StreamNer.Host.Web.Live;
using StreamNer.Host.Web.Page;
using StreamNer.Inference.Files;
using StreamNer.Streams.Publishing;

namespace StreamNer.Host.Web;

/// <summary>Sets up the HTTP side: the server, its limits, its endpoints.</summary>
internal static class WebRegistration
{
    /// <summary>Adds the server, bounded as the options say.</summary>
    public static void AddWeb(this WebApplicationBuilder builder, ServicePlan plan)
    {
        var options = plan.Settings.Web;
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            if (options.IsEncrypted)
                UseHttps(kestrel, options);

            // By HTTP/2 a connection is a hundred: what waits for a client that reads nothing would be bounded no more.
            kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.Limits.MaxConcurrentConnections = ConnectionLimit.For(options).Connections;
            kestrel.Limits.RequestHeadersTimeout = ConnectionLimit.HeaderTimeout;
            kestrel.Limits.KeepAliveTimeout = ConnectionLimit.IdleTimeout;
        });
        builder.WebHost.UseUrls(options.Url);

        var services = builder.Services;
        services.AddRoutingCore();
        services.AddProblemDetails();
        services.AddSingleton<Readiness>();
        services.AddSingleton<Liveness>();
        services.AddSingleton<AnswerWriter>();
        services.AddSingleton<LabelEndpoint>();
        services.AddSingleton<AnswersGiven>();
        services.AddHostedService(provider => provider.GetRequiredService<AnswersGiven>());
        services.AddSingleton<InfoEndpoint>();
        services.AddSingleton(provider => new LiveFeed(options, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IPublishedObserver>(provider => provider.GetRequiredService<LiveFeed>());
        services.AddSingleton<EventsEndpoint>();
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
            .WithOrigins([.. options.AllowedOrigins])
            .WithMethods(HttpMethods.Get, HttpMethods.Post)
            .WithHeaders("Content-Type", "Authorization", ApiKeyGate.HeaderName)
            .WithExposedHeaders("Retry-After")
            .SetPreflightMaxAge(TimeSpan.FromMinutes(10))));
        services.AddHostFiltering(filter =>
        {
            filter.AllowedHosts = options.IsLoopback ? ["localhost", "127.0.0.1", "[::1]", options.Address()!.Host] : ["*"];
            filter.IncludeFailureMessage = false;
        });
    }

    private static void UseHttps(KestrelServerOptions kestrel, WebOptions options)
    {
        List<string> problems = [];
        var certificate = CertificateFile.Read(WebOptions.CertificateSection, options.Certificate, DateTimeOffset.UtcNow, problems);
        ConfigurationException.ThrowIfAny(problems);
        kestrel.ConfigureHttpsDefaults(https =>
        {
            https.ServerCertificate = certificate!.Certificate;
            https.ServerCertificateChain = certificate.Issuers;
            https.HandshakeTimeout = ConnectionLimit.HeaderTimeout;
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

        // Before the key: a browser asks without it whether it may send it.
        var options = app.Services.GetRequiredService<ServicePlan>().Settings.Web;
        if (options.AllowedOrigins.Count > 0)
            app.UseCors();
        ApiKeyGate.Use(app, options);

        app.MapPage();
        app.MapHealth();
        app.MapObservability();
        app.MapGet("/info", app.Services.GetRequiredService<InfoEndpoint>().HandleAsync);
        app.MapGet("/v1/events", app.Services.GetRequiredService<EventsEndpoint>().HandleAsync);
        app.MapPost("/v1/label", app.Services.GetRequiredService<LabelEndpoint>().HandleAsync);
    }
}
