using Akka.Actor;
using Akka.Hosting;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;

namespace StreamNer.Host.Health;

/// <summary>Says whether the actor system lives: its root answers, or why a new process would be better.</summary>
internal sealed class Liveness(ActorSystem system, IRequiredActor<RecognitionActor> recognition)
{
    /// <summary>The root only hands messages on. If it is silent for this long, its thread pool is dead, not busy.</summary>
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Asks once.</summary>
    /// <returns>Why the service is not alive; null when it is.</returns>
    public async Task<string?> ReasonAgainstAsync(CancellationToken stop)
    {
        if (system.WhenTerminated.IsCompleted)
            return "the actor system has ended";

        try
        {
            var actor = await recognition.GetAsync(stop);
            await actor.Ask<RecognitionProtocol.Status>(RecognitionProtocol.GetStatus.Instance, AskTimeout, stop);
            return null;
        }
        catch (AskTimeoutException)
        {
            return $"the recognition actor did not answer within {AskTimeout.TotalSeconds:0} s";
        }
    }
}
