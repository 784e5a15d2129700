using System.Globalization;
using Akka.Actor;
using Akka.Hosting;
using StreamNer.Actors.Pool;
using StreamNer.Actors.Recognition;

namespace StreamNer.Actors.Supervision;

/// <summary>Puts the recognition actors into an actor system: the same way in production and in tests.</summary>
internal static class RecognitionRegistration
{
    /// <summary>Name of the root.</summary>
    public const string ActorName = "recognition";

    /// <summary>Starts the root, which starts all others, and registers it under its own type.</summary>
    public static AkkaConfigurationBuilder WithRecognition(this AkkaConfigurationBuilder builder, EnsembleSetup setup) =>
        builder
            .AddHocon(Threads(setup), HoconAddMode.Prepend)
            .WithActors((system, registry) => registry.Register<RecognitionActor>(Start(system, setup)));

    /// <summary>
    /// When the system shuts down, lanes take nothing more from other nodes and finish what they have, beside the drain of the stream.
    /// </summary>
    /// <param name="builder">The actor system's builder.</param>
    /// <param name="setup">The models.</param>
    /// <param name="atMost">How long that may take.</param>
    public static AkkaConfigurationBuilder WithLeaving(this AkkaConfigurationBuilder builder, EnsembleSetup setup, TimeSpan atMost)
    {
        var phase = (atMost + LeaveMargin + LeaveMargin).TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
        builder.AddHocon($"akka.coordinated-shutdown.phases.service-requests-done.timeout = {phase}ms", HoconAddMode.Append);
        return builder.AddStartup((system, _) =>
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

    private static readonly TimeSpan LeaveMargin = TimeSpan.FromSeconds(5);

    /// <summary>Starts the root.</summary>
    public static IActorRef Start(IActorRefFactory system, EnsembleSetup setup) => system.ActorOf(RecognitionActor.Props(setup), ActorName);

    /// <summary>
    /// As many threads for tokenizing as one model has tokenizers: a second model's wait for them, as they compete for the same cores.
    /// </summary>
    public static string Threads(EnsembleSetup setup) =>
        $"{DispatcherNames.Tokenizer}.dedicated-thread-pool.thread-count = {setup.Models[0].Tokenizers}";
}
