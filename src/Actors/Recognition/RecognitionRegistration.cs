using Akka.Actor;
using Akka.Hosting;

namespace StreamNer.Actors.Recognition;

/// <summary>Puts the recognition actors into an actor system: the same way in production and in tests.</summary>
internal static class RecognitionRegistration
{
    /// <summary>Starts the actors of every model and registers the one that others may ask.</summary>
    public static AkkaConfigurationBuilder WithRecognition(this AkkaConfigurationBuilder builder, EnsembleSetup setup) =>
        builder.WithActors((system, registry) => registry.Register<RecognitionActor>(Start(system, setup)));

    /// <summary>Starts the actors: those of each model, and where there are several or rules, the one that speaks for all.</summary>
    public static IActorRef Start(IActorRefFactory system, EnsembleSetup setup)
    {
        IActorRef[] models = [.. setup.Models.Select(model => system.ActorOf(RecognitionActor.Props(model), RecognitionActor.NameFor(model.Model)))];
        return setup.IsSingle ? models[0] : system.ActorOf(EnsembleActor.Props(setup, models), "recognition");
    }
}
