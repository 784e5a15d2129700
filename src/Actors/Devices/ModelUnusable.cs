using Akka.Actor;

namespace StreamNer.Actors.Devices;

/// <summary>Ends the process because the model can't be loaded onto its devices; trying again would not help.</summary>
internal sealed class ModelUnusable : CoordinatedShutdown.Reason
{
    public static readonly ModelUnusable Instance = new();

    private ModelUnusable()
    {
    }

    /// <inheritdoc/>
    public override int ExitCode => 3;
}
