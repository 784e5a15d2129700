using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Windows;

namespace StreamNer.Actors.Devices;

/// <summary>What lanes and their pool tell others.</summary>
internal static class DeviceProtocol
{
    /// <summary>Tells the recognition actor that windows are finished: labelled, or failed for good.</summary>
    /// <param name="Windows">All of them.</param>
    /// <param name="Failed">Those without labels.</param>
    public sealed record Finished(IReadOnlyList<TokenWindow> Windows, IReadOnlyList<WindowFailure> Failed);

    /// <summary>Why a window has no labels.</summary>
    public readonly record struct WindowFailure(TokenWindow Window, FailureCode Code, string Message, int Attempts);

    /// <summary>Tells the recognition actor how the lanes do, whenever that changes.</summary>
    public sealed record LanesChanged(IReadOnlyList<RecognitionProtocol.LaneStatus> Lanes);

    /// <summary>Tells the pool that a lane takes batches. From the lane.</summary>
    public sealed record LaneReady(int Lane);

    /// <summary>Tells the pool why a lane is about to end. From the lane.</summary>
    /// <param name="Lane">Its number.</param>
    /// <param name="Cause">What happened.</param>
    public sealed record LaneFailed(int Lane, Exception Cause);
}
