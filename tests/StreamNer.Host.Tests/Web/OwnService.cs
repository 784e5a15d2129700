using System.Text;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Embedded;
using StreamNer.Host.Configuration;

namespace StreamNer.Host.Tests.Web;

/// <summary>A service of a test's own, for what must not disturb other tests.</summary>
internal sealed class OwnService(EmbeddedBroker broker, Service service) : IAsyncDisposable
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A text that takes a lane many seconds.</summary>
    public string LongText { get; } = string.Concat(Enumerable.Repeat("Sarah Miller of London met Carlos in Berlin. ", 20_000));

    public HttpClient Http { get; } = new() { BaseAddress = service.Address };

    public IServiceProvider Services => service.Services;

    /// <summary>Root of the actors that label.</summary>
    public IActorRef Recognition => Services.GetRequiredService<IRequiredActor<RecognitionActor>>().ActorRef;

    /// <summary>Starts it and waits until documents would flow.</summary>
    public static async Task<OwnService> StartAsync(params string[] settings)
    {
        var own = await StartUnreadyAsync(settings);
        await own.ReadyAsync();
        return own;
    }

    /// <summary>Starts it and does not wait for it.</summary>
    public static async Task<OwnService> StartUnreadyAsync(params string[] settings)
    {
        var broker = EmbeddedBroker.Start();
        return new OwnService(broker, await Service.StartAsync(ServicePlan.Make(ServiceUnderTest.Settings(broker, settings)), Stop));
    }

    public Task<HttpResponseMessage> PostAsync(string text, CancellationToken stop) =>
        Http.PostAsync("/v1/label", new StringContent($$"""{"text": "{{text}}"}""", Encoding.UTF8, "application/json"), stop);

    /// <summary>Documents that are asked for and not answered.</summary>
    public int InFlight() =>
        Recognition.Ask<RecognitionProtocol.Status>(RecognitionProtocol.GetStatus.Instance, TimeSpan.FromSeconds(20), Stop).GetAwaiter()
            .GetResult().DocumentsInFlight;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await service.StopAsync();
        await service.DisposeAsync();
        broker.Dispose();
    }

    private Task ReadyAsync() => ServiceUnderTest.ReadyAsync(service, Stop);
}
