using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace StreamNer.Streams.Kafka;

/// <summary>The consumer of Confluent.Kafka behind <see cref="IConsumerClient"/>.</summary>
internal sealed partial class KafkaConsumer : IConsumerClient
{
    private static readonly TimeSpan ProbeEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ProbeTime = TimeSpan.FromMilliseconds(200);

    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly KafkaOptions _options;
    private readonly bool _commits;
    private readonly MemberIdentity _identity;
    private readonly ILogger _log;
    private readonly OutageLog _outage = new();
    private readonly HashSet<string> _missingTopics = [];
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _membershipGate = new();
    private bool _left;
    private IRebalanceHandler? _handler;
    private ConsumerFailedException? _fatal;
    private long _probedAt;

    /// <param name="options">The cluster, group and topics.</param>
    /// <param name="identity">The member's name; told when another instance has it.</param>
    /// <param name="log">Told what an operator should know.</param>
    public KafkaConsumer(KafkaOptions options, MemberIdentity identity, ILogger log)
    {
        _options = options;
        _commits = options.Delivery == DeliveryGuarantee.AtLeastOnce;
        _identity = identity;
        _log = log;
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Consumer(options, identity.InstanceId))
            .SetKeyDeserializer(RawBytes.Instance)
            .SetValueDeserializer(RawBytes.Instance)
            .SetPartitionsAssignedHandler((_, partitions) => OnAssigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) =>
                _handler?.OnRevoked(partitions.ConvertAll(partition => Id(partition.TopicPartition))))
            .SetPartitionsLostHandler((_, partitions) => _handler?.OnLost(partitions.ConvertAll(partition => Id(partition.TopicPartition))))
            .SetErrorHandler((_, error) => OnError(error))
            .SetLogHandler((_, message) => LogClient(_log, message.Facility, message.Message))
            .Build();
    }

    /// <inheritdoc/>
    public void Subscribe(IRebalanceHandler handler)
    {
        _handler = handler;
        _consumer.Subscribe(_options.InputTopics);
    }

    /// <summary>Who it is in its group at this moment, and in which generation. Any thread.</summary>
    /// <returns>Null when it is in none: brokers take offsets from somebody without a name, whatever the generation.</returns>
    public IConsumerGroupMetadata? ReadMembership()
    {
        // The client asks a thread of its own for it, which is gone once it is closed.
        lock (_membershipGate)
        {
            if (_left)
                return null;
            var membership = _consumer.ConsumerGroupMetadata;

            // In this order: a member that has lost its name is given another one only after the handler has heard of the loss.
            return string.IsNullOrEmpty(_consumer.MemberId) ? null : membership;
        }
    }

    /// <inheritdoc/>
    public UnreadableBatch? Unreadable { get; private set; }

    /// <inheritdoc/>
    public ConsumedRecord? Poll(TimeSpan atMost)
    {
        ConsumeResult<byte[]?, byte[]?>? result;
        Unreadable = null;
        try
        {
            result = _consumer.Consume(atMost);
        }
        catch (ConsumeException refused)
        {
            if (IsOfBatch(refused.Error.Code) && refused.ConsumerRecord is { } at)
                Unreadable = new UnreadableBatch(new PartitionOffset(Id(at.TopicPartition), at.Offset.Value), refused.Error.Reason);
            else
                OnError(refused.Error);
            result = null;
        }

        if (_fatal is not null)
            throw _fatal;
        if (result?.Message is not { } message)
        {
            ProbeOutage();
            return null;
        }

        NoteBrokerAnswered();
        return new ConsumedRecord(
            Id(result.TopicPartition), result.Offset.Value, message.Key, message.Value,
            RecordHeaders.From(message.Headers), ReadTimestamp(message.Timestamp));
    }

    /// <inheritdoc/>
    public Task<long?> FindLastAsync(UnreadableBatch batch)
    {
        // A thread of its own: the search waits for a broker.
        return Task.Factory.StartNew(FindLast, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        long? FindLast()
        {
            try
            {
                using var search = new BatchEndSearch(_options, batch);
                return search.FindLast(_closing.Token);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
            catch (Exception failed)
            {
                LogEndNotFound(_log, batch.At.Id.Topic, batch.At.Id.Partition, batch.At.Offset, failed.Message);
                return null;
            }
        }
    }

    /// <inheritdoc/>
    public void Seek(PartitionId partition, long offset)
    {
        try
        {
            _consumer.Seek(new TopicPartitionOffset(partition.Topic, partition.Partition, offset));
        }
        catch (KafkaException refused)
        {
            throw new ConsumerFailedException(
                $"{partition.Topic}/{partition.Partition} can't be read from offset {offset} on: {refused.Error.Reason}", refused);
        }
    }

    /// <inheritdoc/>
    public void Pause(PartitionId partition) => _consumer.Pause([new TopicPartition(partition.Topic, partition.Partition)]);

    /// <inheritdoc/>
    public void PauseAssigned() => _consumer.Pause(_consumer.Assignment);

    /// <inheritdoc/>
    public void ResumeAssigned() => _consumer.Resume(_consumer.Assignment);

    /// <inheritdoc/>
    public string? StoreOffset(PartitionId partition, long offset)
    {
        // What is finished is committed already, in the transaction of its answers.
        if (!_commits)
            return null;

        try
        {
            _consumer.StoreOffset(new TopicPartitionOffset(partition.Topic, partition.Partition, offset));
            return null;
        }
        catch (KafkaException refused)
        {
            return refused.Error.Reason;
        }
    }

    /// <inheritdoc/>
    public CommitRefusal? Commit(IReadOnlyList<PartitionOffset> offsets)
    {
        if (!_commits)
            return null;

        try
        {
            _consumer.Commit(offsets.Select(one => new TopicPartitionOffset(one.Id.Topic, one.Id.Partition, one.Offset)));
            NoteBrokerAnswered();
            return null;
        }
        catch (KafkaException refused)
        {
            return new CommitRefusal(refused.Error.Reason, refused.Error.Code switch
            {
                ErrorCode.RebalanceInProgress or ErrorCode.IllegalGeneration => RefusalPasses.WithRebalance,
                ErrorCode.StaleMemberEpoch => RefusalPasses.WithHeartbeat,
                _ => RefusalPasses.Never,
            });
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<PartitionOffset>? ReadCommitted(IReadOnlyList<PartitionId> partitions, TimeSpan atMost)
    {
        try
        {
            return
            [
                .. _consumer.Committed(partitions.Select(id => new TopicPartition(id.Topic, id.Partition)), atMost)
                    .Where(committed => !committed.Offset.IsSpecial)
                    .Select(committed => new PartitionOffset(Id(committed.TopicPartition), committed.Offset.Value)),
            ];
        }
        catch (KafkaException unknown)
        {
            LogCommittedUnknown(_log, unknown.Error.Reason);
            return null;
        }
    }

    /// <inheritdoc/>
    public long? ReadEnd(PartitionId partition)
    {
        var end = _consumer.GetWatermarkOffsets(new TopicPartition(partition.Topic, partition.Partition)).High.Value;
        return end >= 0 ? end : null;
    }

    /// <inheritdoc/>
    public void Close()
    {
        LeaveMembership();
        _closing.Cancel();
        try
        {
            _consumer.Close();
        }
        catch (KafkaException broken)
        {
            throw new ConsumerFailedException($"the consumer did not close: {broken.Error.Reason}", broken);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        LeaveMembership();
        _closing.Cancel();
        _consumer.Dispose();
        _closing.Dispose();
    }

    private void LeaveMembership()
    {
        lock (_membershipGate)
            _left = true;
    }

    /// <summary>Whether an error speaks of a batch that can't be read.</summary>
    public static bool IsOfBatch(ErrorCode code) => code
        is ErrorCode.Local_BadCompression or ErrorCode.Local_BadMsg or ErrorCode.Local_NotImplemented or ErrorCode.Local_Underflow
        or ErrorCode.InvalidMsg or ErrorCode.UnsupportedCompressionType;

    private static PartitionId Id(TopicPartition partition) => new(partition.Topic, partition.Partition.Value);

    // A producer may write any number; what is no date is as good as none.
    private static DateTimeOffset? ReadTimestamp(Timestamp timestamp) =>
        timestamp.Type == TimestampType.NotAvailable
        || timestamp.UnixTimestampMs < 0
        || timestamp.UnixTimestampMs > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? null
            : DateTimeOffset.FromUnixTimeMilliseconds(timestamp.UnixTimestampMs);

    private void OnAssigned(List<TopicPartition> partitions)
    {
        NoteBrokerAnswered();
        _missingTopics.Clear();
        _handler?.OnAssigned(partitions.ConvertAll(Id));
    }

    private void NoteBrokerAnswered()
    {
        if (_outage.Ends())
            LogBrokersBack(_log);
    }

    // An outage that was shorter than the session and brings no record leaves nothing to see, so the broker is asked.
    private void ProbeOutage()
    {
        if (!_outage.IsOpen || _clock.GetElapsedTime(_probedAt) < ProbeEvery || _consumer.Assignment is not [var any, ..])
            return;

        _probedAt = _clock.GetTimestamp();
        try
        {
            _consumer.Committed([any], ProbeTime);
            NoteBrokerAnswered();
        }
        catch (KafkaException)
        {
            // Still gone.
        }
    }

    private void OnError(Error error)
    {
        if (error.Code == ErrorCode.FencedInstanceId)
        {
            _fatal ??= new ConsumerFailedException(
                $"another instance is in group {_options.GroupId} under the name '{_identity.InstanceId}', which is "
                    + $"now its own; this one goes on without a name. Give each a "
                    + $"{KafkaOptions.Section}:{nameof(KafkaOptions.InstanceId)} of its own");
            _identity.GiveUp();
        }
        else if (error.Code == ErrorCode.UnreleasedInstanceId)
        {
            _fatal ??= new ConsumerFailedException(
                $"the name '{_identity.InstanceId}' is still another member's in group {_options.GroupId}: an instance "
                    + $"that was killed holds it until its session is over, and one that runs keeps it. After "
                    + $"{MemberIdentity.Patience.TotalSeconds:F0} s this one goes on without a name. Give each a "
                    + $"{KafkaOptions.Section}:{nameof(KafkaOptions.InstanceId)} of its own");
            _identity.NoteHeld();
        }
        else if (error.IsFatal
            || error.Code is ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed
                or ErrorCode.ClusterAuthorizationFailed)
        {
            _fatal ??= new ConsumerFailedException($"the consumer cannot go on: {error.Reason} ({error.Code})");
        }
        else if (error.Code == ErrorCode.Local_AllBrokersDown)
        {
            if (_outage.Begins())
                LogBrokersDown(_log, _options.BootstrapServers);
        }
        else if (error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic)
        {
            if (_missingTopics.Add(error.Reason))
                LogTopicMissing(_log, error.Reason);
        }
        else
        {
            LogClientError(_log, error.Code, error.Reason);
        }
    }

    [LoggerMessage(EventId = 3112, Level = LogLevel.Debug,
        Message = "the committed offsets are not known: {Reason}. A gap before the first record cannot be seen")]
    private static partial void LogCommittedUnknown(ILogger logger, string reason);

    [LoggerMessage(EventId = 3113, Level = LogLevel.Warning, Message = "no broker of {BootstrapServers} can be reached; waiting")]
    private static partial void LogBrokersDown(ILogger logger, string bootstrapServers);

    [LoggerMessage(EventId = 3114, Level = LogLevel.Information, Message = "a broker can be reached again")]
    private static partial void LogBrokersBack(ILogger logger);

    [LoggerMessage(EventId = 3115, Level = LogLevel.Warning,
        Message = "an input topic is missing: {Reason}. Create it; the consumer looks again by itself")]
    private static partial void LogTopicMissing(ILogger logger, string reason);

    [LoggerMessage(EventId = 3116, Level = LogLevel.Warning, Message = "the consumer reports {Code}: {Reason}")]
    private static partial void LogClientError(ILogger logger, ErrorCode code, string reason);

    [LoggerMessage(EventId = 3121, Level = LogLevel.Warning,
        Message = "{Topic}/{Partition}: the end of the batch at offset {Offset}, which can't be read, was not found and is looked for "
            + "again: {Reason}")]
    private static partial void LogEndNotFound(ILogger logger, string topic, int partition, long offset, string reason);

    [LoggerMessage(EventId = 3118, Level = LogLevel.Debug, Message = "librdkafka {Facility}: {Text}")]
    private static partial void LogClient(ILogger logger, string facility, string text);
}
