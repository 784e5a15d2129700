using Microsoft.Extensions.DependencyInjection;
using StreamNer.Embedded;
using StreamNer.Host;
using StreamNer.Host.Configuration;
using StreamNer.Host.Health;
using StreamNer.TestSupport;

namespace StreamNer.Web.Tests;

/// <summary>The whole service in this process, embedded broker and shipped model included, and a way to send documents into it.</summary>
public sealed class ServiceUnderTest : IAsyncDisposable
{
    private readonly EmbeddedBroker _broker;
    private readonly Service _service;
    private readonly ServicePlan _plan;
    private TopicFeed? _feed;

    private ServiceUnderTest(EmbeddedBroker broker, Service service, ServicePlan plan)
    {
        _broker = broker;
        _service = service;
        _plan = plan;
    }

    public Uri Address => _service.Address;

    /// <summary>Starts a service and waits until documents would flow.</summary>
    public static async Task<ServiceUnderTest> StartAsync(params string[] settings)
    {
        var broker = EmbeddedBroker.Start();
        broker.Mock?.SetInitialRebalanceDelay(TimeSpan.Zero);
        foreach (var topic in new[] { "documents", "entities", "documents.dlq" })
            broker.CreateTopic(topic, EmbeddedBroker.DefaultPartitions);
        var written = ConfigurationFiles.Read(
            null, ["Logging:Level=None", "Web:Url=http://127.0.0.1:0", $"Model:Path={Repository.DefaultModel}", .. settings]);
        var plan = ServicePlan.Make(EmbeddedSettings.Over(written, broker));
        var service = await Service.StartAsync(plan, TestContext.Current.CancellationToken);

        var readiness = service.Services.GetRequiredService<Readiness>();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while ((await readiness.ReasonsAgainstAsync(limit.Token)).Count > 0)
            await Task.Delay(20, limit.Token);
        return new ServiceUnderTest(broker, service, plan);
    }

    /// <summary>Writes a document to the input topic.</summary>
    public async Task SendAsync(string text)
    {
        _feed ??= await TopicFeed.OpenAsync(_plan.Settings.Kafka, "documents", EmbeddedBroker.DefaultPartitions);
        await _feed.WriteAsync("key", text, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _feed?.Dispose();
        await _service.StopAsync();
        await _service.DisposeAsync();
        _broker.Dispose();
    }
}
