using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StreamNer.Embedded;
using StreamNer.Host;
using StreamNer.Host.Configuration;
using StreamNer.Streams.Telemetry;
using StreamNer.TestSupport;

namespace StreamNer.Benchmarks;

/// <summary>The whole service in this process, from the topic <c>input</c> of an embedded broker to one of its own.</summary>
internal sealed class EmbeddedService : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Service _service;

    private EmbeddedService(Service service)
    {
        _service = service;
        Status = service.Services.GetRequiredService<PipelineStatus>();
    }

    /// <summary>Where its HTTP side listens.</summary>
    public Uri Address => _service.Address;

    /// <summary>What its parts share.</summary>
    public IServiceProvider Services => _service.Services;

    /// <summary>How far it is.</summary>
    public PipelineStatus Status { get; }

    /// <summary>Makes its topics and starts it.</summary>
    /// <param name="broker">The broker, with the input.</param>
    /// <param name="name">Its group and its output; the dead letters go to <c>NAME.dlq</c>.</param>
    /// <param name="partitions">Of the output.</param>
    /// <param name="change">Puts other parts into its plan; null for none.</param>
    /// <param name="settings">Its configuration besides, without the product's prefix.</param>
    public static async Task<EmbeddedService> StartAsync(
        EmbeddedBroker broker, string name, int partitions, Func<ServicePlan, ServicePlan>? change = null,
        params (string Key, string Value)[] settings)
    {
        broker.CreateTopic(name, partitions);
        broker.CreateTopic($"{name}.dlq", partitions);
        (string Key, string Value)[] all =
        [
            ("Kafka:GroupId", name),
            ("Kafka:InputTopics:0", "input"),
            ("Kafka:OutputTopic", name),
            ("Kafka:DeadLetterTopic", $"{name}.dlq"),
            ("Model:Path", Repository.DefaultModel),
            ("Web:Url", "http://127.0.0.1:0"),
            ("Logging:Level", "None"),
            .. settings,
        ];
        var plan = ServicePlan.Make(EmbeddedSettings.Over(
            new ConfigurationBuilder()
                .AddInMemoryCollection(all.ToDictionary(setting => $"StreamNer:{setting.Key}", string? (setting) => setting.Value)).Build(),
            broker));
        return new EmbeddedService(await Service.StartAsync(change?.Invoke(plan) ?? plan, CancellationToken.None));
    }

    /// <summary>Waits for something of it.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
                throw new TimeoutException($"the service did not get through within {Patience}");
            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _service.StopAsync();
        await _service.DisposeAsync();
    }
}
