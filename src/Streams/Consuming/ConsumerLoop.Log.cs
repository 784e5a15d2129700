using Microsoft.Extensions.Logging;

namespace StreamNer.Streams.Consuming;

/// <content>What consuming tells. Never keys, values or headers.</content>
internal sealed partial class ConsumerLoop
{
    [LoggerMessage(EventId = 3101, Level = LogLevel.Information, Message = "{Count} partitions assigned, {All} in all")]
    private static partial void LogAssigned(ILogger logger, int count, int all);

    [LoggerMessage(EventId = 3102, Level = LogLevel.Information,
        Message = "{Count} partitions given back, {Left} kept; their records were finished and committed within {Milliseconds:F0} ms")]
    private static partial void LogRevoked(ILogger logger, int count, int left, double milliseconds);

    [LoggerMessage(EventId = 3103, Level = LogLevel.Warning,
        Message =
            "{Count} partitions given back, but their records were not finished within {Seconds:F1} s: the next owner reads them again, "
            + "their events may come twice")]
    private static partial void LogRevokedBusy(ILogger logger, int count, double seconds);

    [LoggerMessage(EventId = 3104, Level = LogLevel.Warning,
        Message = "{Count} partitions lost: the group gave them away without asking. Nothing is committed for them, "
            + "and of the records under way only those come twice that are with the producer already")]
    private static partial void LogLost(ILogger logger, int count);

    [LoggerMessage(EventId = 3105, Level = LogLevel.Warning,
        Message = "{Offsets} offsets were skipped. Either the broker dropped records before they were read (retention), "
            + "or the topic is compacted or written in transactions, which also leaves gaps")]
    private static partial void LogSkipped(ILogger logger, long offsets);

    [LoggerMessage(EventId = 3106, Level = LogLevel.Information,
        Message = "the partitions are paused: {Documents} documents are in flight and there was no room for a while")]
    private static partial void LogPaused(ILogger logger, int documents);

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

    [LoggerMessage(EventId = 3110, Level = LogLevel.Warning, Message = "offset {Offset} of {Topic}/{Partition} "
        + "could not be stored: {Reason}")]
    private static partial void LogNotStored(ILogger logger, string topic, int partition, long offset, string reason);

    [LoggerMessage(EventId = 3111, Level = LogLevel.Warning,
        Message = "the offsets of {Count} partitions could not be committed: {Reason}. Their records may be read again")]
    private static partial void LogNotCommitted(ILogger logger, int count, string reason);

    [LoggerMessage(EventId = 3119, Level = LogLevel.Error,
        Message = "{Topic}/{Partition} stands still: the batch at offset {Offset} can't be read ({Reason}), again "
            + "and again. Nothing behind it is "
            + "read until the group's offset is set behind that batch; see \"A batch can't be read\" in docs/failure-modes.md")]
    private static partial void LogUnreadable(ILogger logger, string topic, int partition, long offset, string reason);

    [LoggerMessage(EventId = 3120, Level = LogLevel.Warning,
        Message = "{Topic}/{Partition}: the batch with offsets {First} to {Last} can't be read ({Reason}) and is skipped, "
            + "as Reading:OnUnreadableBatch says; a dead letter names it")]
    private static partial void LogBatchSkipped(
        ILogger logger, string topic, int partition, long first, long last, string reason);
}
