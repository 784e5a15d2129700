using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Kafka;

/// <summary>Owns the producer: idempotent, acknowledged by all replicas. One wait for a whole batch, not one for each record.</summary>
internal sealed partial class BatchProducer : IEventPublisher
{
    private static readonly TimeSpan QueueFullPause = TimeSpan.FromMilliseconds(5);

    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly TopicLimits? _limits;
    private readonly string _clientLimit;
    private readonly ILogger _log;
    private readonly OutageLog _outage = new();
    private int _unacknowledged;

    public BatchProducer(KafkaOptions options, ILogger log)
        : this(options, ClientSettings.Producer(options), log)
    {
    }

    /// <param name="options">The cluster.</param>
    /// <param name="settings">What the client is told.</param>
    /// <param name="log">Told what an operator should know.</param>
    public BatchProducer(KafkaOptions options, Dictionary<string, string> settings, ILogger log)
    {
        _log = log;
        _clientLimit = settings.GetValueOrDefault("message.max.bytes", "1000000");
        _producer = new ProducerBuilder<byte[]?, byte[]?>(settings)
            .SetKeySerializer(RawBytes.Instance)
            .SetValueSerializer(RawBytes.Instance)
            .SetErrorHandler((_, error) => OnError(error, options.BootstrapServers))
            .SetLogHandler((_, message) => LogClient(_log, message.Facility, message.Message))
            .Build();

        // The embedded broker does not tell its limits, and asking it takes the whole time for the answer.
        _limits = options.Broker == BrokerKind.External ? new TopicLimits(_producer.Handle) : null;
    }

    /// <summary>The client itself, for what its owner does besides producing.</summary>
    public IProducer<byte[]?, byte[]?> Client => _producer;

    /// <inheritdoc/>
    public int Unacknowledged => Math.Max(0, Volatile.Read(ref _unacknowledged));

    /// <summary>Why a record is refused for good; null when an error speaks of something else than the record.</summary>
    public static FailureCode? CodeOf(Error error) => error.Code switch
    {
        ErrorCode.MsgSizeTooLarge => FailureCode.EventTooLarge,
        ErrorCode.InvalidRecord or ErrorCode.InvalidMsg or ErrorCode.InvalidTimestamp or ErrorCode.PolicyViolation =>
            FailureCode.PublishRefused,
        _ => null,
    };

    /// <inheritdoc/>
    public async Task<Delivery> EnqueueAsync(ReadOnlyMemory<OutgoingRecord> records, RecordBatch? answered = null)
    {
        var pending = new PendingBatch(records, OnReport);
        for (var i = 0; i < records.Length; i++)
        {
            while (!Produce(pending, i))
            {
                // The client's queue is full: it has to send first. Nobody is blocked, and the order is kept.
                await Task.Delay(QueueFullPause).ConfigureAwait(false);
            }
        }

        pending.AllEnqueued();
        return new Delivery(NameLimitsAsync(pending.Acknowledged, records));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _limits?.Dispose();
        _producer.Dispose();
    }

    /// <summary>Names sizes and limits in what the broker, or the client, said of records that are too large.</summary>
    public async Task<IReadOnlyList<Refusal>> NameLimitsAsync(
        Task<IReadOnlyList<Refusal>> acknowledged, ReadOnlyMemory<OutgoingRecord> records)
    {
        var refusals = await acknowledged.ConfigureAwait(false);
        if (!refusals.Any(refusal => refusal.Code == FailureCode.EventTooLarge))
            return refusals;

        var named = new List<Refusal>(refusals.Count);
        foreach (var refusal in refusals)
            named.Add(refusal.Code == FailureCode.EventTooLarge ? await NameLimitAsync(refusal, records).ConfigureAwait(false) : refusal);
        return named;
    }

    private async Task<Refusal> NameLimitAsync(Refusal refusal, ReadOnlyMemory<OutgoingRecord> records)
    {
        var (topic, bytes) = (records.Span[refusal.Index].Topic, records.Span[refusal.Index].Bytes);
        if (refusal.Alone)
        {
            return refusal with
            {
                Message = $"the record for {topic} has {bytes} bytes, the producer takes {_clientLimit}: raise "
                    + $"{KafkaOptions.Section}:Producer:message.max.bytes and the topic's max.message.bytes, or send less",
            };
        }

        var limit = _limits is null ? null : await _limits.ReadMaxMessageBytesAsync(topic).ConfigureAwait(false);
        return refusal with { Message = TopicLimits.TooLarge(topic, bytes, limit ?? "less") };
    }

    /// <returns>False when the client's queue is full.</returns>
    private bool Produce(PendingBatch pending, int index)
    {
        ref readonly var record = ref pending.Record(index);
        var message = new Message<byte[]?, byte[]?> { Key = record.Key, Value = record.Value };
        if (record.Headers.Length > 0)
            message.Headers = RecordHeaders.To(record.Headers);

        try
        {
            _producer.Produce(record.Topic, message, pending.Handler(index));
            Interlocked.Increment(ref _unacknowledged);
            return true;
        }
        catch (ProduceException<byte[]?, byte[]?> refused) when (refused.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
        catch (ProduceException<byte[]?, byte[]?> refused) when (CodeOf(refused.Error) is { } code)
        {
            // Refused before it was sent: the record itself is to blame, no neighbour.
            pending.Refused(new Refusal(index, code, refused.Error.Reason, Alone: true));
            return true;
        }
        catch (ProduceException<byte[]?, byte[]?> refused)
        {
            throw new PublishFailedException($"the producer cannot go on: {refused.Error.Reason} ({refused.Error.Code})", refused);
        }
    }

    private void OnReport(bool acknowledged)
    {
        Interlocked.Decrement(ref _unacknowledged);
        if (acknowledged && _outage.Ends())
            LogBrokersBack(_log);
    }

    private void OnError(Error error, string bootstrapServers)
    {
        if (error.Code == ErrorCode.Local_AllBrokersDown)
        {
            if (_outage.Begins())
                LogBrokersDown(_log, bootstrapServers);
        }
        else if (_outage.IsOpen && !error.IsFatal)
        {
            // The outage has been told of. Each attempt to connect would say the same again.
            LogErrorInOutage(_log, error.Code, error.Reason);
        }
        else
        {
            // A fatal one fails the records under way as well, and with them the graph.
            LogClientError(_log, error.Code, error.Reason);
        }
    }

    /// <summary>The records of one batch that the broker has not answered for yet.</summary>
    private sealed class PendingBatch
    {
        private readonly ReadOnlyMemory<OutgoingRecord> _records;
        private readonly TaskCompletionSource<IReadOnlyList<Refusal>> _acknowledged =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Action<bool> _onReport;
        private readonly Action<DeliveryReport<byte[]?, byte[]?>> _reported;
        private readonly Lock _gate = new();
        private List<Refusal>? _refusals;
        private Error? _failure;
        private int _open;

        /// <param name="records">The batch.</param>
        /// <param name="onReport">Called for each report, with true when the broker has acknowledged the record.</param>
        public PendingBatch(ReadOnlyMemory<OutgoingRecord> records, Action<bool> onReport)
        {
            _records = records;
            _onReport = onReport;
            // One more than there are records, until all are enqueued.
            _open = records.Length + 1;
            _reported = Reported;
        }

        public Task<IReadOnlyList<Refusal>> Acknowledged => _acknowledged.Task;

        public ref readonly OutgoingRecord Record(int index) => ref _records.Span[index];

        // A report tells its record only by the value's array. Without a value it needs a handler that knows, and with an empty one as
        // well: all empty arrays are the same one.
        public Action<DeliveryReport<byte[]?, byte[]?>> Handler(int index) =>
            Record(index).Value is { Length: > 0 } ? _reported : report => Reported(report, index);

        public void AllEnqueued() => Close();

        public void Refused(Refusal refusal)
        {
            lock (_gate)
                (_refusals ??= []).Add(refusal);
            Close();
        }

        private void Reported(DeliveryReport<byte[]?, byte[]?> report)
        {
            // Only a refused one has to be found.
            Reported(report, report.Error.IsError ? Find(report.Message.Value) : -1);
        }

        private void Reported(DeliveryReport<byte[]?, byte[]?> report, int index)
        {
            _onReport(!report.Error.IsError);
            if (!report.Error.IsError)
            {
                Close();
            }
            else if (CodeOf(report.Error) is { } code && index >= 0)
            {
                Refused(new Refusal(index, code, report.Error.Reason, Alone: false));
            }
            else
            {
                // What was thrown away says nothing of why.
                if (_failure is null || IsPurge(_failure))
                    _failure = report.Error;
                Close();
            }
        }

        private static bool IsPurge(Error error) => error.Code is ErrorCode.Local_PurgeQueue or ErrorCode.Local_PurgeInflight;

        private int Find(byte[]? value)
        {
            var records = _records.Span;
            for (var i = 0; i < records.Length; i++)
            {
                if (ReferenceEquals(records[i].Value, value))
                    return i;
            }

            return -1;
        }

        private void Close()
        {
            if (Interlocked.Decrement(ref _open) != 0)
                return;

            _refusals?.Sort((left, right) => left.Index.CompareTo(right.Index));
            if (_failure is { } failure)
            {
                var message = $"the broker did not take a record: {failure.Reason} ({failure.Code})";
                var cause = new KafkaException(failure);
                _acknowledged.SetException(
                    IsPurge(failure) ? new PublishPurgedException(message, _refusals ?? Delivery.NoRefusals, cause)
                        : new PublishFailedException(message, cause));
                return;
            }

            _acknowledged.SetResult(_refusals ?? Delivery.NoRefusals);
        }
    }
}
