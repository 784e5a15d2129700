namespace StreamNer.Streams.Wire;

/// <summary>What happens at a batch that can't be read, again and again: a wrong checksum, say, or an unknown compression.</summary>
public enum OnUnreadableBatch
{
    /// <summary>Its partition stands still, and the service is not ready.</summary>
    Stop,

    /// <summary>A dead letter names its offsets, and the partition goes on behind it.</summary>
    Skip,
}
