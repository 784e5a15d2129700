using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Kafka;

/// <summary>The transactions of Confluent.Kafka behind <see cref="ITransactionClient"/>.</summary>
/// <remarks>
/// What the client calls retriable is tried again until the client is closed; librdkafka then goes on with what it has begun. Each call
/// waits for the transaction's timeout: without a time it would wait for the brokers for ever.
/// </remarks>
internal sealed class KafkaTransactionClient : ITransactionClient
{
    /// <summary>Nothing is at stake before there is a transaction, and a stop should not wait long.</summary>
    private static readonly TimeSpan InitTime = TimeSpan.FromSeconds(3);

    private readonly BatchProducer _producer;
    private readonly string _id;
    private readonly TimeSpan _timeout;
    private readonly IReadOnlyDictionary<string, int> _limits;
    private KafkaConsumer? _consumer;
    private volatile bool _closing;

    /// <param name="options">The cluster and the transactions.</param>
    /// <param name="id">The name of this instance at the coordinator.</param>
    /// <param name="log">Told what an operator should know.</param>
    public KafkaTransactionClient(KafkaOptions options, string id, ILogger log)
    {
        _id = id;
        _timeout = options.Transaction.Timeout;
        var settings = ClientSettings.TransactionalProducer(options, id);
        _limits = TopicLimits.ReadMaxMessageBytes(options, settings);

        // The brokers judge a whole request's share of a partition: one that is too large only together would cost the transaction.
        if (_limits.Count > 0 && _limits.Values.Min() is var least && least < ClientSettings.UsualBatchBytes
            && !settings.ContainsKey("batch.size"))
        {
            settings["batch.size"] = $"{least}";
        }

        _producer = new BatchProducer(options, settings, log);
    }

    /// <inheritdoc/>
    public int Unacknowledged => _producer.Unacknowledged;

    /// <summary>
    /// Takes the name: what a predecessor left open is aborted, and it is locked out. Before anything is read from the group.
    /// </summary>
    /// <param name="isEnding">Tells that nobody wants it any more.</param>
    /// <exception cref="TransactionFailedException">The brokers refuse it.</exception>
    public void Initialise(Func<bool> isEnding) =>
        Call("to begin with transactions", () => _producer.Client.InitTransactions(InitTime), isEnding);

    /// <summary>Names the consumer whose offsets are committed.</summary>
    public void Join(KafkaConsumer consumer) => _consumer = consumer;

    /// <inheritdoc/>
    public void Begin() => Call("to begin a transaction", _producer.Client.BeginTransaction);

    /// <inheritdoc/>
    public Delivery Produce(ReadOnlyMemory<OutgoingRecord> records)
    {
        List<Refusal> tooLarge = [];
        for (var i = 0; i < records.Length; i++)
        {
            var record = records.Span[i];
            if (_limits.TryGetValue(record.Topic, out var limit) && RecordSize.OfBatchWith(record) is var bytes && bytes > limit)
            {
                var problem = TopicLimits.TooLarge(record.Topic, bytes, $"{limit}");
                tooLarge.Add(new Refusal(i, FailureCode.EventTooLarge, problem, Alone: true));
            }
        }

        if (tooLarge.Count == 0)
            return Hand(records);

        int[] places = [.. Enumerable.Range(0, records.Length).Where(index => !tooLarge.Exists(refusal => refusal.Index == index))];
        var taken = Hand(Array.ConvertAll(places, index => records.Span[index]));
        return new Delivery(WithRefusalsAsync(taken, places, tooLarge));
    }

    /// <inheritdoc/>
    public GroupGeneration ReadGeneration()
    {
        try
        {
            var generation = (_consumer ?? throw new InvalidOperationException("there is no consumer yet")).ReadMembership();
            if (generation is not null)
                return new GroupGeneration(generation);
        }
        catch (KafkaException unknown)
        {
            throw new TransactionFailedException(
                $"the consumer's group is not known: {unknown.Error.Reason}", TransactionWay.Abort, unknown);
        }

        throw new TransactionFailedException("the consumer is in no group at present", TransactionWay.Abort);
    }

    /// <inheritdoc/>
    public void Commit(IReadOnlyList<PartitionOffset> offsets, GroupGeneration generation)
    {
        var last = offsets.Select(one => new TopicPartitionOffset(one.Id.Topic, one.Id.Partition, one.Offset)).ToArray();
        Call("to take the offsets into the transaction", () =>
            _producer.Client.SendOffsetsToTransaction(last, (IConsumerGroupMetadata)generation.Metadata, _timeout));
        Call("to commit the transaction", () => _producer.Client.CommitTransaction(_timeout));
    }

    /// <inheritdoc/>
    public void Abort(TimeSpan? atMost = null) => Call(
        "to abort the transaction", () => _producer.Client.AbortTransaction(atMost ?? _timeout), () => atMost is not null);

    /// <summary>Ends all waiting: whoever waits for a broker fails.</summary>
    public void Close() => _closing = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        _closing = true;
        _producer.Dispose();
    }

    private static async Task<IReadOnlyList<Refusal>> WithRefusalsAsync(Delivery taken, int[] places, List<Refusal> refused)
    {
        try
        {
            foreach (var refusal in await taken.Acknowledged.ConfigureAwait(false))
                refused.Add(refusal with { Index = places[refusal.Index] });
            return refused;
        }
        catch (PublishPurgedException purged)
        {
            refused.AddRange(purged.Refusals.Select(refusal => refusal with { Index = places[refusal.Index] }));
            throw new PublishPurgedException(purged.Message, refused, purged);
        }
    }

    private Delivery Hand(ReadOnlyMemory<OutgoingRecord> records)
    {
        try
        {
            // At once, unless the client's queue is full: then this thread has nothing else to do but to wait as well.
            return _producer.EnqueueAsync(records).GetAwaiter().GetResult();
        }
        catch (PublishFailedException failed)
        {
            throw failed.InnerException is KafkaException refused
                ? Failure("to take records", refused, TransactionWay.Abort)
                : new TransactionFailedException(failed.Message, TransactionWay.Abort, failed);
        }
    }

    private void Call(string what, Action call, Func<bool>? isEnding = null)
    {
        while (true)
        {
            try
            {
                call();
                return;
            }
            catch (KafkaRetriableException again)
            {
                if (_closing || isEnding?.Invoke() == true)
                {
                    throw new TransactionFailedException(
                        $"the brokers did not answer when they were asked {what}", TransactionWay.NewClient, again);
                }
            }
            catch (KafkaTxnRequiresAbortException abort)
            {
                throw Failure(what, abort, TransactionWay.Abort);
            }
            catch (KafkaException refused)
            {
                throw Failure(what, refused, TransactionWay.NewClient);
            }
        }
    }

    private TransactionFailedException Failure(string what, KafkaException refused, TransactionWay way)
    {
        var error = refused.Error;
        if (error.Code is ErrorCode.Local_Fenced or ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch)
        {
            return new TransactionFailedException(
                $"another instance has the transactional id '{_id}', the brokers take nothing from this one any more. Give each a "
                    + $"{TransactionOptions.Section}:Id of its own", TransactionWay.Fenced, refused);
        }

        var hint = error.Code switch
        {
            ErrorCode.TransactionalIdAuthorizationFailed =>
                $": give this user the rights Describe and Write on the transactional id '{_id}'",
            ErrorCode.InvalidTransactionTimeout =>
                $": {TransactionOptions.Section}:Timeout is longer than the brokers' transaction.max.timeout.ms",
            _ => "",
        };
        return new TransactionFailedException(
            $"the brokers refuse {what}: {error.Reason} ({error.Code}){hint}", error.IsFatal ? TransactionWay.NewClient : way, refused);
    }
}
