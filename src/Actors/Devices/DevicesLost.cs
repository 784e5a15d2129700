using Akka.Actor;

namespace StreamNer.Actors.Devices;

/// <summary>Ends the process because no lane is left. The orchestrator starts it anew, with a fresh context on the device.</summary>
internal sealed class DevicesLost : CoordinatedShutdown.Reason
{
    public static readonly DevicesLost Instance = new();

    private DevicesLost()
    {
    }

    /// <inheritdoc/>
    public override int ExitCode => 70;
}
