using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Host.Configuration;
using StreamNer.Inference.Domain;
using StreamNer.Streams;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;
using StreamNer.TestSupport.Actors;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>The pipeline in a host of its own, as the product composes it, with a scripted recogniser.</summary>
internal sealed class PipelineUnderTest : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly PipelineStatus _status;
    private bool _stopped;

    private PipelineUnderTest(IHost host, PipelineLog log)
    {
        _host = host;
        Log = log;
        _status = host.Services.GetRequiredService<PipelineStatus>();
        System = host.Services.GetRequiredService<ActorSystem>();
    }

    /// <summary>How it does, also after it has stopped.</summary>
    public PipelineSnapshot Status => _status.Snapshot();

    /// <summary>What it logged, also after it has stopped.</summary>
    public PipelineLog Log { get; }

    public ActorSystem System { get; }

    /// <summary>Starts it and waits until it has joined its group.</summary>
    public static async Task<PipelineUnderTest> StartAsync(
        BrokerForTests broker,
        TestTopics topics,
        Func<Document, DocumentOutcome>? outcome = null,
        RecogniserGate? gate = null,
        Dictionary<string, string?>? settings = null,
        bool join = true,
        EnsembleSetup? models = null,
        ModelIdentity? identity = null)
    {
        if (settings?.GetValueOrDefault("StreamNer:Kafka:Delivery") == "ExactlyOnce")
            OwnConnector.IsNeeded(OwnConnector.NoTransactions);

        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["StreamNer:Kafka:Broker"] = broker.IsEmbedded ? "Embedded" : "External",
            ["StreamNer:Kafka:BootstrapServers"] = broker.BootstrapServers,
            ["StreamNer:Kafka:GroupId"] = topics.Group,
            ["StreamNer:Kafka:InputTopics:0"] = topics.Input,
            ["StreamNer:Kafka:OutputTopic"] = topics.Output,
            ["StreamNer:Pipeline:MinRestartBackoff"] = "00:00:00.050",
            ["StreamNer:Pipeline:MaxRestartBackoff"] = "00:00:00.500",
        });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        if (builder.Configuration["StreamNer:Kafka:Consumer:group.protocol"] is null)
        {
            // The embedded broker lets a member join a group that had one only when this time is nearly over; a cluster takes no less than
            // 6 s.
            builder.Configuration["StreamNer:Kafka:Consumer:session.timeout.ms"] = broker.IsEmbedded ? "3000" : "6000";
            builder.Configuration["StreamNer:Kafka:Consumer:heartbeat.interval.ms"] = "500";
        }

        if (!broker.IsEmbedded && builder.Configuration["StreamNer:Kafka:Consumer:auto.commit.interval.ms"] is null)
            builder.Configuration["StreamNer:Kafka:Consumer:auto.commit.interval.ms"] = "200";

        if (Environment.GetEnvironmentVariable("STREAMNER_TEST_LOG") is { Length: > 0 })
            builder.Logging.SetMinimumLevel(LogLevel.Debug).AddConsole();
        var log = new PipelineLog();
        builder.Logging.AddProvider(log);
        builder.Services.AddStreamsOverConnector(builder.Configuration);
        builder.Services.AddAkka("test", (akka, services) => akka
            .ConfigureLoggers(logging => logging.AddLoggerFactory())
            .AddHocon(TestSetup.AkkaConf, HoconAddMode.Append)
            .WithActors((system, registry) => registry.Register<ScriptedRecogniser>(
                models is null ? system.ActorOf(ScriptedRecogniser.Props(outcome, gate), "recogniser")
                    : RecognitionRegistration.Start(system, models)))
            .WithPipeline(services, registry => registry.Get<ScriptedRecogniser>(), identity ?? new ModelIdentity("scripted", "0badcafe")));

        var pipeline = new PipelineUnderTest(builder.Build(), log);
        await pipeline._host.StartAsync();
        if (join)
            await Eventually.TrueAsync(() => pipeline.Status.Joined, "joined the group", broker.GroupSeconds);
        return pipeline;
    }

    /// <summary>Shuts it down as SIGTERM does: through the host, with everything drained and committed.</summary>
    public async Task StopAsync()
    {
        if (_stopped)
            return;
        _stopped = true;
        await _host.StopAsync();
        _host.Dispose();
    }

    public async ValueTask DisposeAsync() => await StopAsync();
}
