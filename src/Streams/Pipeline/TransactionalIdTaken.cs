using Akka.Actor;
using StreamNer.Actors;

namespace StreamNer.Streams.Pipeline;

/// <summary>Why the process ends when another instance has its transactional id, again.</summary>
internal sealed class TransactionalIdTaken : CoordinatedShutdown.Reason
{
    public static readonly TransactionalIdTaken Instance = new();

    private TransactionalIdTaken()
    {
    }

    /// <inheritdoc/>
    public override int ExitCode => ExitCodes.Fenced;
}
