using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamNer.Streams.Kafka;

/// <content>What the producer tells. Never keys, values or headers.</content>
internal sealed partial class BatchProducer
{
    [LoggerMessage(EventId = 3201, Level = LogLevel.Warning, Message = "no broker of {BootstrapServers} can be reached; events wait")]
    private static partial void LogBrokersDown(ILogger logger, string bootstrapServers);

    [LoggerMessage(EventId = 3202, Level = LogLevel.Information, Message = "events are being taken again")]
    private static partial void LogBrokersBack(ILogger logger);

    [LoggerMessage(EventId = 3203, Level = LogLevel.Warning, Message = "the producer reports {Code}: {Reason}")]
    private static partial void LogClientError(ILogger logger, ErrorCode code, string reason);

    [LoggerMessage(EventId = 3205, Level = LogLevel.Debug, Message = "the producer reports {Code} while no broker answers: {Reason}")]
    private static partial void LogErrorInOutage(ILogger logger, ErrorCode code, string reason);

    [LoggerMessage(EventId = 3204, Level = LogLevel.Debug, Message = "librdkafka {Facility}: {Text}")]
    private static partial void LogClient(ILogger logger, string facility, string text);
}
