using Microsoft.Extensions.Logging;

namespace StreamNer.Streams.AkkaStreamsKafka;

/// <content>What consuming tells: where it is the same as with the product's own connector, by the same number.</content>
internal sealed partial class CommittableConnector
{
    [LoggerMessage(EventId = 3101, Level = LogLevel.Information, Message = "{Count} partitions assigned, {All} in all")]
    private static partial void LogAssigned(ILogger logger, int count, int all);

    [LoggerMessage(EventId = 3402, Level = LogLevel.Warning,
        Message = "{Count} partitions given back, {Left} kept; nothing was waited for, and of {Documents} documents under way those of "
            + "these partitions come twice")]
    private static partial void LogRevoked(ILogger logger, int count, int left, int documents);

    [LoggerMessage(EventId = 3105, Level = LogLevel.Warning,
        Message = "{Offsets} offsets were skipped. Either the broker dropped records before they were read (retention), "
            + "or the topic is compacted or written in transactions, which also leaves gaps")]
    private static partial void LogSkipped(ILogger logger, long offsets);

    [LoggerMessage(EventId = 3112, Level = LogLevel.Debug,
        Message = "the committed offsets are not known: {Reason}. A gap before the first record cannot be seen")]
    private static partial void LogCommittedUnknown(ILogger logger, string reason);

    [LoggerMessage(EventId = 3107, Level = LogLevel.Information, Message = "no more records are taken; waiting for "
        + "{Documents} documents in flight")]
    private static partial void LogDraining(ILogger logger, int documents);

    [LoggerMessage(EventId = 3108, Level = LogLevel.Information, Message = "drained and committed within {Milliseconds:F0} ms")]
    private static partial void LogDrained(ILogger logger, double milliseconds);

    [LoggerMessage(EventId = 3109, Level = LogLevel.Warning,
        Message =
            "{Documents} documents were not finished within the drain timeout of {Seconds:F1} s: they are read again after the restart, "
            + "their events may come twice")]
    private static partial void LogNotDrained(ILogger logger, int documents, double seconds);

    [LoggerMessage(EventId = 3111, Level = LogLevel.Warning,
        Message = "the offsets of {Count} partitions could not be committed: {Reason}. Their records may be read again")]
    private static partial void LogNotCommitted(ILogger logger, int count, string reason);
}
