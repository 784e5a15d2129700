using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using StreamNer.Actors;
using StreamNer.Actors.Devices;
using StreamNer.Embedded;
using StreamNer.Host.Configuration;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Host.Tests;

public sealed class ServiceTests : IDisposable
{
    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task Being_asked_to_stop_ends_with_0()
    {
        await using var service = await StartAsync();
        await ServiceUnderTest.ReadyAsync(service, Stop);

        Assert.Equal(ExitCodes.Done, await service.StopAsync());
        Assert.Equal(PipelineState.Stopped, service.Services.GetRequiredService<PipelineStatus>().Snapshot().State);
    }

    [Fact]
    public async Task Losing_every_device_ends_with_70()
    {
        await using var service = await StartAsync();

        _ = CoordinatedShutdown.Get(service.Services.GetRequiredService<ActorSystem>()).Run(DevicesLost.Instance);

        Assert.Equal(ExitCodes.RecognitionLost, await service.UntilStoppedAsync(Stop));
    }

    [Fact]
    public async Task An_address_that_is_taken_is_told_with_the_way_out()
    {
        await using var first = await StartAsync();

        var problem = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync($"Web:Url={first.Address}"));

        Assert.Contains("something else listens there already", problem.Message);
        await first.StopAsync();
    }

    [Fact]
    public async Task An_address_that_this_machine_does_not_have_is_told_with_the_way_out()
    {
        // Kept for documentation (RFC 5737): nobody has it.
        var problem = await Assert.ThrowsAsync<ConfigurationException>(() => StartAsync("Web:Url=http://192.0.2.7:0"));

        Assert.Contains("Url is http://192.0.2.7:0", problem.Message);
        Assert.Contains("this machine has no such address", problem.Message);
    }

    [Fact]
    public void A_refusal_by_both_addresses_of_a_name_is_found()
    {
        var denied = new SocketException((int)SocketError.AccessDenied);

        Assert.Same(denied, Service.RefusalOf(
            new IOException("both", new AggregateException(new InvalidOperationException("one", denied), denied))));
        Assert.Null(Service.RefusalOf(new IOException("no", new InvalidOperationException("none"))));
    }

    [Fact]
    public async Task A_service_answers_by_the_address_that_it_names()
    {
        await using var service = await StartAsync("Web:Url=http://127.0.0.2:0");
        using var http = new HttpClient { BaseAddress = service.Address };

        using var answer = await http.GetAsync("/health/live", Stop);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await service.StopAsync();
    }

    private async Task<Service> StartAsync(params string[] settings) =>
        await Service.StartAsync(ServicePlan.Make(ServiceUnderTest.Settings(_broker, settings)), Stop);
}
