using System.Net.Sockets;
using Akka.Actor;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using StreamNer.Actors;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Supervision;
using StreamNer.Host.Configuration;
using StreamNer.Host.Settings;
using StreamNer.Host.Web;
using StreamNer.Host.Web.Access;
using StreamNer.Inference;
using StreamNer.Streams.Pipeline;

namespace StreamNer.Host;

/// <summary>The running service, from its start to its exit code.</summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ILogger _log;

    private Service(WebApplication app)
    {
        _app = app;
        _log = app.Services.GetRequiredService<ILogger<Service>>();
    }

    /// <summary>Where it listens: the address as configured, with the port that was taken.</summary>
    public Uri Address =>
        new(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());

    /// <summary>What the parts of the service share.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Cancelled when the service ends by itself, because it lost its broker or its devices.</summary>
    public CancellationToken Ending => _app.Lifetime.ApplicationStopping;

    /// <summary>True once it ended because it has to join its cluster anew, and nothing else is wrong with it.</summary>
    public bool JoinsAgain { get; private set; }

    /// <summary>Builds and starts the service. Lanes load and the group is joined while it already answers health checks.</summary>
    /// <exception cref="ConfigurationException">The address can't be listened on.</exception>
    public static async Task<Service> StartAsync(ServicePlan plan, CancellationToken stop)
    {
        if (!FreePort.IsFree(plan.Settings.Web))
            throw AddressTaken(plan);

        var app = HostComposition.Build(plan);
        try
        {
            await app.StartAsync(stop);
            var service = new Service(app);
            service.Announce(plan);
            return service;
        }
        catch (IOException cause) when (cause.InnerException is AddressInUseException)
        {
            await app.DisposeAsync();
            throw AddressTaken(plan);
        }
        catch (Exception cause) when (RefusalOf(cause) is { } refused)
        {
            await app.DisposeAsync();
            var wayOut = refused.SocketErrorCode switch
            {
                SocketError.AddressNotAvailable => "this machine has no such address; 127.0.0.1 is this machine only, 0.0.0.0 all it has",
                SocketError.AccessDenied => "this process may not listen there; choose a port from 1024 on",
                _ => "choose another address or port",
            };
            throw new ConfigurationException(
                [$"{WebOptions.Section}:Url is {plan.Settings.Web.Url}, which can't be listened on ({refused.Message}): {wayOut}"]);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Why the system does not let it listen, where that is the cause: for a name of two addresses both refusals stand there.
    /// </summary>
    internal static SocketException? RefusalOf(Exception cause) => cause switch
    {
        SocketException refused => refused,
        AggregateException several => several.Flatten().InnerExceptions.Select(RefusalOf).FirstOrDefault(refused => refused is not null),
        { InnerException: { } inner } => RefusalOf(inner),
        _ => null,
    };

    /// <summary>Waits until the service is asked to stop or ends by itself; then drains, commits and stops it.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public async Task<int> UntilStoppedAsync(CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, Ending);
        await Task.Delay(Timeout.Infinite, either.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        return await StopAsync();
    }

    /// <summary>Drains, commits and stops.</summary>
    /// <returns>One of <see cref="ExitCodes"/>: why it stopped.</returns>
    public async Task<int> StopAsync()
    {
        var system = _app.Services.GetRequiredService<ActorSystem>();

        // At once: while HTTP still answers, the stream must not take more, and its drain runs. Who reads an answer slowly is cut off when
        // the time of the drain is over.
        _app.Services.GetRequiredService<AnswersGiven>().Expect();
        var actors = CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
        using var patience = new CancellationTokenSource(
            _app.Services.GetRequiredService<IOptions<PipelineOptions>>().Value.DrainTimeout);
        try
        {
            await _app.StopAsync(patience.Token);
        }
        catch (Exception late) when (patience.IsCancellationRequested && late is OperationCanceledException or AggregateException)
        {
            // Some connections were cut off. The actors have a time of their own.
        }

        await actors;

        // Akka.Hosting ends with 0 whatever the reason was.
        var reason = CoordinatedShutdown.Get(system).ShutdownReason;
        JoinsAgain = ClusterRegistration.JoinsAgain(reason);
        var exitCode = ClusterRegistration.ExitCodeOf(reason);
        _log.Stopped(exitCode);
        return exitCode;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static ConfigurationException AddressTaken(ServicePlan plan) =>
        new([$"{WebOptions.Section}:Url is {plan.Settings.Web.Url}, something else listens there already; choose another port, or 0 "
            + "for any free one"]);

    private void Announce(ServicePlan plan)
    {
        var (settings, model) = (plan.Settings, plan.Model);
        _log.Started(
            ProductVersion.Text, model.Name, model.Hash, plan.Recognition.Models.Sum(model => model.Lanes.Count),
                string.Join(',', settings.Kafka.InputTopics),
            settings.Kafka.OutputTopic, settings.Kafka.GroupId, settings.Kafka.BootstrapServers, Address.ToString());
        if (ConnectionLimit.For(settings.Web) is { Descriptors: { } descriptors } limit && limit.Connections < settings.Web.MaxConnections)
            _log.FewDescriptors(descriptors, limit.Connections, settings.Web.MaxConnections);
        foreach (var problem in OtlpSettings.Ignored(OtlpSettings.Of(settings.Telemetry)))
            _log.NotFollowed(problem);
        AnnounceNode(settings.Cluster);
        if (settings.Web.IsLoopback)
            return;
        if (settings.Web is { IsEncrypted: true, HasApiKey: true })
            return;
        if (settings.Web.HasApiKey)
            _log.OpenWithKey(Address.ToString());
        else if (settings.Web.IsEncrypted)
            _log.OpenEncrypted(Address.ToString());
        else
            _log.Open(Address.ToString());
    }

    private void AnnounceNode(ClusterOptions cluster)
    {
        if (cluster.Pool is not { } pool)
            return;
        _log.Node(cluster.Host, cluster.Port, string.Join(',', pool.Roles), string.Join(',', ClusterMechanics.SeedsOf(cluster)));
        if (cluster is { IsLoopback: false, IsEncrypted: false })
            _log.OpenCluster(cluster.Host);
    }
}
