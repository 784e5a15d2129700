using Akka.Actor;
using StreamNer.Actors;

namespace StreamNer.Streams.Pipeline;

/// <summary>Why the process ends when no broker answered at its start.</summary>
internal sealed class BrokerUnreachable : CoordinatedShutdown.Reason
{
    public static readonly BrokerUnreachable Instance = new();

    private BrokerUnreachable()
    {
    }

    /// <inheritdoc/>
    public override int ExitCode => ExitCodes.Broker;
}
