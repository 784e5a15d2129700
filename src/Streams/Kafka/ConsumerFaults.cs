using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamNer.Streams.Kafka;

/// <summary>
/// What a consumer's errors mean, whoever polls it: which of them end it, and what an operator is told of the others. Any thread.
/// </summary>
/// <param name="options">The cluster and the group, for messages.</param>
/// <param name="identity">The member's name; told when another instance has it.</param>
/// <param name="log">Told what an operator should know.</param>
internal sealed partial class ConsumerFaults(KafkaOptions options, MemberIdentity identity, ILogger log)
{
    private readonly Lock _gate = new();
    private readonly OutageLog _outage = new();
    private readonly HashSet<string> _missingTopics = [];
    private ConsumerFailedException? _fatal;

    /// <summary>Why the consumer can't go on; null while it can.</summary>
    public ConsumerFailedException? Fatal => Volatile.Read(ref _fatal);

    /// <summary>True while no broker answers.</summary>
    public bool IsOutageOpen => _outage.IsOpen;

    /// <summary>Whether an error speaks of a batch that can't be read.</summary>
    public static bool IsOfBatch(ErrorCode code) => code
        is ErrorCode.Local_BadCompression or ErrorCode.Local_BadMsg or ErrorCode.Local_NotImplemented or ErrorCode.Local_Underflow
        or ErrorCode.InvalidMsg or ErrorCode.UnsupportedCompressionType;

    /// <summary>Notes that a broker answered.</summary>
    public void NoteBrokerAnswered()
    {
        if (_outage.Ends())
            LogBrokersBack(log);
    }

    /// <summary>Notes that partitions have come, which only a broker gives.</summary>
    public void NoteAssigned()
    {
        NoteBrokerAnswered();
        lock (_gate)
            _missingTopics.Clear();
    }

    /// <summary>Notes an error.</summary>
    public void Note(Error error)
    {
        if (error.Code == ErrorCode.FencedInstanceId)
        {
            End($"another instance is in group {options.GroupId} under the name '{identity.InstanceId}', which is "
                + $"now its own; this one goes on without a name. Give each a "
                + $"{KafkaOptions.Section}:{nameof(KafkaOptions.InstanceId)} of its own");
            identity.GiveUp();
        }
        else if (error.Code == ErrorCode.UnreleasedInstanceId)
        {
            End($"the name '{identity.InstanceId}' is still another member's in group {options.GroupId}: an instance "
                + $"that was killed holds it until its session is over, and one that runs keeps it. After "
                + $"{MemberIdentity.Patience.TotalSeconds:F0} s this one goes on without a name. Give each a "
                + $"{KafkaOptions.Section}:{nameof(KafkaOptions.InstanceId)} of its own");
            identity.NoteHeld();
        }
        else if (error.IsFatal
            || error.Code is ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed
                or ErrorCode.ClusterAuthorizationFailed)
        {
            End($"the consumer cannot go on: {error.Reason} ({error.Code})");
        }
        else if (error.Code == ErrorCode.Local_AllBrokersDown)
        {
            if (_outage.Begins())
                LogBrokersDown(log, options.BootstrapServers);
        }
        else if (error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic)
        {
            bool isNews;
            lock (_gate)
                isNews = _missingTopics.Add(error.Reason);
            if (isNews)
                LogTopicMissing(log, error.Reason);
        }
        else
        {
            LogClientError(log, error.Code, error.Reason);
        }
    }

    // The first one counts: those behind it are mostly its consequences.
    private void End(string message) => Interlocked.CompareExchange(ref _fatal, new ConsumerFailedException(message), null);

    [LoggerMessage(EventId = 3113, Level = LogLevel.Warning, Message = "no broker of {BootstrapServers} can be reached; waiting")]
    private static partial void LogBrokersDown(ILogger logger, string bootstrapServers);

    [LoggerMessage(EventId = 3114, Level = LogLevel.Information, Message = "a broker can be reached again")]
    private static partial void LogBrokersBack(ILogger logger);

    [LoggerMessage(EventId = 3115, Level = LogLevel.Warning,
        Message = "an input topic is missing: {Reason}. Create it; the consumer looks again by itself")]
    private static partial void LogTopicMissing(ILogger logger, string reason);

    [LoggerMessage(EventId = 3116, Level = LogLevel.Warning, Message = "the consumer reports {Code}: {Reason}")]
    private static partial void LogClientError(ILogger logger, ErrorCode code, string reason);
}
