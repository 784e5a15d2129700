using System.Globalization;
using Akka.Actor;
using Akka.Hosting;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;

namespace StreamNer.Actors.Supervision;

/// <summary>Makes an actor system a node of a cluster.</summary>
internal static class ClusterRegistration
{
    // Its reason for that is not public.
    private const int TlsHandshakeFailed = 79;

    private static readonly TimeSpan LeaveMargin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AskSeedsEvery = TimeSpan.FromSeconds(5);

    /// <summary>Has the system join, and keep to, the cluster of its seeds. Nothing is done where there is none.</summary>
    /// <param name="builder">The actor system's builder.</param>
    /// <param name="options">Whether and how.</param>
    /// <param name="certificate">With which certificate; null: in the clear.</param>
    /// <param name="setup">The models.</param>
    /// <param name="drain">How long lanes may take to finish what other nodes wait for.</param>
    public static AkkaConfigurationBuilder WithCluster(
        this AkkaConfigurationBuilder builder, ClusterOptions options, NodeCertificate? certificate, EnsembleSetup setup, TimeSpan drain)
    {
        if (options.Pool is not { } pool)
            return builder;

        builder.AddHocon(ClusterMechanics.Of(options), HoconAddMode.Prepend);
        if (certificate is not null)
            builder.AddSetup(certificate.Setup);
        if (pool.Infers)
            builder.AddLeaving(setup, drain);
        return builder.WithActors((system, _) => system.ActorOf(
            SeedsActor.Props(ClusterMechanics.SeedsOf(options), $"/user/{RecognitionRegistration.ActorName}", AskSeedsEvery,
                () => CoordinatedShutdown.Get(system).Run(ApartFromSeeds.Instance)),
            "seeds"));
    }

    /// <summary>
    /// Whether a system that ended may begin anew at once, and join again: its cluster put it out, or was not its seeds'.
    /// </summary>
    public static bool JoinsAgain(CoordinatedShutdown.Reason? reason) =>
        reason is CoordinatedShutdown.ClusterDowningReason or ApartFromSeeds;

    /// <summary>What the end of a system says to the caller of the process. Akka.NET's numbers have other meanings here.</summary>
    public static int ExitCodeOf(CoordinatedShutdown.Reason? reason) => reason switch
    {
        null => ExitCodes.Done,
        { ExitCode: TlsHandshakeFailed } => ExitCodes.Usage,
        _ when JoinsAgain(reason) => ExitCodes.RecognitionLost,
        _ => reason.ExitCode,
    };

    // When the system shuts down, lanes take nothing more from other nodes and finish what they have, beside the drain of the stream.
    private static void AddLeaving(this AkkaConfigurationBuilder builder, EnsembleSetup setup, TimeSpan atMost)
    {
        var phase = (atMost + LeaveMargin + LeaveMargin).TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
        builder.AddHocon($"akka.coordinated-shutdown.phases.service-requests-done.timeout = {phase}ms", HoconAddMode.Append);
        builder.AddStartup((system, _) =>
        {
            foreach (var model in setup.Names)
            {
                CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, $"leave-pool-{model}", async () =>
                {
                    try
                    {
                        var router = await system.ActorSelection(PoolSetup.RouterPath(model)).ResolveOne(LeaveMargin).ConfigureAwait(false);
                        await router.Ask<PoolProtocol.Left>(LaneRouterActor.Leave.Instance, atMost).ConfigureAwait(false);
                    }
                    catch (Exception late) when (late is ActorNotFoundException or AskTimeoutException)
                    {
                        // Other nodes notice, and do again what they were not answered.
                    }

                    return Akka.Done.Instance;
                });
            }
        });
    }
}
