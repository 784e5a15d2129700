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
    private readonly ConsumerFaults _faults;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _membershipGate = new();
    private bool _left;
    private IRebalanceHandler? _handler;
    private long _probedAt;

    /// <param name="options">The cluster, group and topics.</param>
    /// <param name="identity">The member's name; told when another instance has it.</param>
    /// <param name="log">Told what an operator should know.</param>
    public KafkaConsumer(KafkaOptions options, MemberIdentity identity, ILogger log)
    {
        _options = options;
        _commits = options.Delivery == DeliveryGuarantee.AtLeastOnce;
        _log = log;
        _identity = identity;
        _faults = new ConsumerFaults(options, identity, log);
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Consumer(options, identity.InstanceId))
            .SetKeyDeserializer(RawBytes.Instance)
            .SetValueDeserializer(RawBytes.Instance)
            .SetPartitionsAssignedHandler((_, partitions) => OnAssigned(partitions))
            .SetPartitionsRevokedHandler((_, partitions) =>
                _handler?.OnRevoked(partitions.ConvertAll(partition => Id(partition.TopicPartition))))
            .SetPartitionsLostHandler((_, partitions) => _handler?.OnLost(partitions.ConvertAll(partition => Id(partition.TopicPartition))))
            .SetErrorHandler((_, error) => _faults.Note(error))
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
            if (ConsumerFaults.IsOfBatch(refused.Error.Code) && refused.ConsumerRecord is { } at)
                Unreadable = new UnreadableBatch(new PartitionOffset(Id(at.TopicPartition), at.Offset.Value), refused.Error.Reason);
            else
                _faults.Note(refused.Error);
            result = null;
        }

        if (_faults.Fatal is { } fatal)
            throw fatal;
        if (result?.Message is not { } message)
        {
            ProbeOutage();
            return null;
        }

        _faults.NoteBrokerAnswered();
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
    public void Resume(IReadOnlyList<PartitionId> partitions)
    {
        try
        {
            _consumer.Resume(partitions.Select(partition => new TopicPartition(partition.Topic, partition.Partition)));
        }
        catch (KafkaException unknown)
        {
            // A topic that is gone; each of the others was resumed all the same.
            LogNotResumed(_log, partitions.Count, unknown.Error.Reason);
        }
    }

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
            _faults.NoteBrokerAnswered();
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
    public (long? Start, long? End) ReadBounds(PartitionId partition)
    {
        var bounds = _consumer.GetWatermarkOffsets(new TopicPartition(partition.Topic, partition.Partition));
        return (Known(bounds.Low), Known(bounds.High));

        static long? Known(Offset offset) => offset.Value >= 0 ? offset.Value : null;
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

    /// <summary>When a record was made. A producer may write any number; what is no date is as good as none.</summary>
    public static DateTimeOffset? ReadTimestamp(Timestamp timestamp) =>
        timestamp.Type == TimestampType.NotAvailable
        || timestamp.UnixTimestampMs < 0
        || timestamp.UnixTimestampMs > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? null
            : DateTimeOffset.FromUnixTimeMilliseconds(timestamp.UnixTimestampMs);

    private static PartitionId Id(TopicPartition partition) => new(partition.Topic, partition.Partition.Value);

    private void OnAssigned(List<TopicPartition> partitions)
    {
        _faults.NoteAssigned();
        _identity.NoteJoined();
        _handler?.OnAssigned(partitions.ConvertAll(Id));
    }

    // An outage that was shorter than the session and brings no record leaves nothing to see, so the broker is asked.
    private void ProbeOutage()
    {
        if (!_faults.IsOutageOpen || _clock.GetElapsedTime(_probedAt) < ProbeEvery || _consumer.Assignment is not [var any, ..])
            return;

        _probedAt = _clock.GetTimestamp();
        try
        {
            _consumer.Committed([any], ProbeTime);
            _faults.NoteBrokerAnswered();
        }
        catch (KafkaException)
        {
            // Still gone.
        }
    }

    [LoggerMessage(EventId = 3112, Level = LogLevel.Debug,
        Message = "the committed offsets are not known: {Reason}. A gap before the first record cannot be seen")]
    private static partial void LogCommittedUnknown(ILogger logger, string reason);

    [LoggerMessage(EventId = 3121, Level = LogLevel.Warning,
        Message = "{Topic}/{Partition}: the end of the batch at offset {Offset}, which can't be read, was not found and is looked for "
            + "again: {Reason}")]
    private static partial void LogEndNotFound(ILogger logger, string topic, int partition, long offset, string reason);

    [LoggerMessage(EventId = 3122, Level = LogLevel.Debug, Message = "{Count} partitions that leave: not all are known any more: {Reason}")]
    private static partial void LogNotResumed(ILogger logger, int count, string reason);

    [LoggerMessage(EventId = 3118, Level = LogLevel.Debug, Message = "librdkafka {Facility}: {Text}")]
    private static partial void LogClient(ILogger logger, string facility, string text);
}
