using Akka.Actor;
using Akka.Hosting;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Supervision;
using StreamNer.Host.Configuration;
using StreamNer.Host.Logging;
using StreamNer.Host.Observability;
using StreamNer.Host.Web;
using StreamNer.Inference.Models.Onnx;
using StreamNer.Streams;

namespace StreamNer.Host;

/// <summary>Puts the service together: the only place that sees all parts.</summary>
internal static class HostComposition
{
    /// <summary>Builds the service. Starting it is the caller's; so is stopping it: no signal is listened to here.</summary>
    public static WebApplication Build(ServicePlan plan)
    {
        // Empty: no settings file, environment variable or logger gets in that our own configuration does not know.
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ApplicationName = "streamner", ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.AddStandardError(plan.Settings.Logging);

        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(plan);
        services.AddSingleton<IHostLifetime, CallerLifetime>();

        // The phases of the actor system are the only clock of a shutdown; the host must not give up before them.
        services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromHours(1));
        // Before the actors, which measure from their first moment on.
        builder.AddObservability(plan);
        services.AddStreamsOverConnector(plan.Values);
        services.AddAkka(ClusterMechanics.SystemName, (akka, provider) =>
        {
            akka.ConfigureLoggers(loggers =>
            {
                loggers.ClearLoggers();
                loggers.AddLogger<ActorLogger>();
            })
            .AddHocon(plan.Mechanics, HoconAddMode.Prepend);
            akka.WithRecognition(plan.Recognition);
            if (plan.Settings.Streams)
                akka.WithPipeline(provider, registry => registry.Get<RecognitionActor>(), plan.Model);
            akka.WithCluster(
                plan.Settings.Cluster, CertificateOf(plan.Settings.Cluster), plan.Recognition, plan.Settings.Pipeline.DrainTimeout);
            akka.AddStartup((system, _) =>
            {
                // Taken here: at the stop the provider may be gone already.
                var answers = provider.GetRequiredService<AnswersGiven>();
                CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "http-answers", async () =>
                {
                    // Beside the drain of the stream and no longer than that: what is asked over HTTP needs the models too.
                    await answers.WaitAsync(plan.Settings.Pipeline.DrainTimeout, TimeProvider.System);
                    return Akka.Done.Instance;
                });
            });
        });
        builder.AddWeb(plan);

        var app = builder.Build();
        OnnxEnvironment.LogTo(app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("OnnxRuntime"));
        app.MapWeb();
        return app;
    }

    // Checked with all other settings; what has happened to the file since is said as it would have been then.
    private static NodeCertificate? CertificateOf(ClusterOptions cluster)
    {
        List<string> problems = [];
        var certificate = cluster.Enabled ? NodeCertificate.Read(cluster, DateTimeOffset.UtcNow, problems) : null;
        ConfigurationException.ThrowIfAny(problems);
        return certificate;
    }
}
