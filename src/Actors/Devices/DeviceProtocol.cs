using StreamNer.Actors.Recognition;

namespace StreamNer.Actors.Devices;

/// <summary>What lanes and their pool tell others.</summary>
internal static class DeviceProtocol
{
    /// <summary>Tells the model's actor, and through it the root, how the lanes do, whenever that changes.</summary>
    public sealed record LanesChanged(IReadOnlyList<RecognitionProtocol.LaneStatus> Lanes)
    {
        /// <summary>Which nodes of the cluster give no lanes, and why.</summary>
        public IReadOnlyList<RecognitionProtocol.LaneRefusal> Refusals { get; init; } = [];
    }

    /// <summary>Tells the pool that a lane takes batches. From the lane.</summary>
    public sealed record LaneReady(int Lane);

    /// <summary>Tells the pool why a lane is about to end. From the lane.</summary>
    /// <param name="Lane">Its number.</param>
    /// <param name="Cause">What happened.</param>
    public sealed record LaneFailed(int Lane, Exception Cause);
}
