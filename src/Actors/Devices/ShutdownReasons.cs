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
    public override int ExitCode => ExitCodes.RecognitionLost;
}

/// <summary>Ends the process because the model can't be loaded onto its devices; trying again would not help.</summary>
internal sealed class ModelUnusable : CoordinatedShutdown.Reason
{
    public static readonly ModelUnusable Instance = new();

    private ModelUnusable()
    {
    }

    /// <inheritdoc/>
    public override int ExitCode => ExitCodes.Model;
}

/// <summary>
/// Ends the process because actors of the recognition fail again and again; a new process begins with nothing of their state.
/// </summary>
internal sealed class RecognitionFailed : CoordinatedShutdown.Reason
{
    public static readonly RecognitionFailed Instance = new();

    private RecognitionFailed()
    {
    }

    /// <inheritdoc/>
    public override int ExitCode => ExitCodes.RecognitionLost;
}
