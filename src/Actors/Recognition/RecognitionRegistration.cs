using Akka.Hosting;

namespace StreamNer.Actors.Recognition;

/// <summary>Puts the recognition actors into an actor system: the same way in production and in tests.</summary>
internal static class RecognitionRegistration
{
    /// <summary>Starts the actors of one model and registers the one that others may ask.</summary>
    public static AkkaConfigurationBuilder WithRecognition(this AkkaConfigurationBuilder builder, RecognitionSetup setup) =>
        builder.WithActors((system, registry) =>
            registry.Register<RecognitionActor>(system.ActorOf(RecognitionActor.Props(setup), RecognitionActor.NameFor(setup.Model))));
}
