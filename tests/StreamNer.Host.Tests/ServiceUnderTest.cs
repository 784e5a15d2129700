using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StreamNer.Embedded;
using StreamNer.Host.Configuration;
using StreamNer.Host.Health;
using StreamNer.Streams.Telemetry;
using StreamNer.TestSupport;

namespace StreamNer.Host.Tests;

/// <summary>The whole service in this process: embedded broker, default model, any free port.</summary>
public sealed class ServiceUnderTest : IAsyncLifetime
{
    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();
    private Service? _service;

    internal Service Service => _service ?? throw new InvalidOperationException("the service has not been started");

    /// <summary>Address of its broker.</summary>
    public string Broker => _broker.BootstrapServers;

    /// <summary>How its pipeline does.</summary>
    internal PipelineStatus Pipeline => Service.Services.GetRequiredService<PipelineStatus>();

    /// <summary>Talks to it.</summary>
    public HttpClient Http { get; private set; } = null!;

    /// <summary>Settings that make a service of its own on a broker of its own.</summary>
    internal static IConfiguration Settings(EmbeddedBroker broker, params string[] more)
    {
        broker.Mock?.SetInitialRebalanceDelay(TimeSpan.Zero);
        foreach (var topic in new[] { "documents", "entities", "documents.dlq" })
            broker.CreateTopic(topic, EmbeddedBroker.DefaultPartitions);
        string[] model = more.Any(setting => setting.StartsWith("Models:", StringComparison.Ordinal))
            ? [] : [$"Model:Path={Repository.DefaultModel}"];
        return EmbeddedSettings.Over(
            ConfigurationFiles.Read(null, ["Logging:Level=None", "Web:Url=http://127.0.0.1:0", .. model, .. more]), broker);
    }

    public async ValueTask InitializeAsync()
    {
        var settings =
            Settings(_broker, "Web:MaxBodyBytes=4096", "Web:MaxTexts=3", "Web:MaxConcurrentRequests=2", "Windows:OnTooLong=Fail");
        _service = await Service.StartAsync(ServicePlan.Make(settings), TestContext.Current.CancellationToken);
        Http = new HttpClient { BaseAddress = _service.Address };
        await ReadyAsync(_service, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Service.StopAsync();
        await Service.DisposeAsync();
        _broker.Dispose();
    }

    /// <summary>Waits until documents would flow.</summary>
    internal static async Task ReadyAsync(Service service, CancellationToken stop)
    {
        var readiness = service.Services.GetRequiredService<Readiness>();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while ((await readiness.ReasonsAgainstAsync(limit.Token)).Count > 0)
            await Task.Delay(20, limit.Token);
    }
}
