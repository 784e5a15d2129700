using Akka.Actor;
using Akka.Hosting;
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

    /// <summary>Starts the root.</summary>
    public static IActorRef Start(IActorRefFactory system, EnsembleSetup setup) => system.ActorOf(RecognitionActor.Props(setup), ActorName);

    /// <summary>
    /// As many threads for tokenizing as one model has tokenizers: a second model's wait for them, as they compete for the same cores.
    /// </summary>
    public static string Threads(EnsembleSetup setup) =>
        $"{DispatcherNames.Tokenizer}.dedicated-thread-pool.thread-count = {setup.Models[0].Tokenizers}";
}
