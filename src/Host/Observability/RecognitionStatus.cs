using Akka.Actor;
using Akka.Hosting;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;

namespace StreamNer.Host.Observability;

/// <summary>How the recognition does, for answers that tell of more than that.</summary>
internal static class RecognitionStatus
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    /// <summary>Asks for it, for a second at most.</summary>
    /// <returns>One without lanes where it does not answer: the rest is worth knowing all the more.</returns>
    public static async Task<RecognitionProtocol.Status> AskStatusAsync(
        this IRequiredActor<RecognitionActor> recognition, CancellationToken stop)
    {
        try
        {
            var actor = await recognition.GetAsync(stop);
            return await actor.Ask<RecognitionProtocol.Status>(RecognitionProtocol.GetStatus.Instance, Timeout, stop);
        }
        catch (AskTimeoutException)
        {
            return new RecognitionProtocol.Status([], 0);
        }
    }
}
