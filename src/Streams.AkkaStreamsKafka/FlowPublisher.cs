using System.Threading.Channels;
using Akka.Streams;
using Akka.Streams.Dsl;
using Akka.Streams.Kafka.Dsl;
using Akka.Streams.Kafka.Messages;
using Akka.Streams.Kafka.Settings;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.AkkaStreamsKafka;

/// <summary>Publishes by <c>KafkaProducer.FlexiFlow</c>: one record after the other, so that their order is kept.</summary>
/// <remarks>
/// Its messages of several records hold these in a set, which has no order. The client under it is that of the product's own connector,
/// with its settings and what it tells of outages.
/// </remarks>
internal sealed class FlowPublisher : IEventPublisher
{
    /// <summary>Records that wait for the stage, at most.</summary>
    private const int Waiting = 1_000;

    /// <summary>Records that wait for the broker, at most; the client's own queue holds more.</summary>
    private const int UnderWay = 10_000;

    private readonly ActorMaterializer _materializer;
    private readonly BatchProducer _client;
    private readonly Channel<Outgoing> _queue =
        Channel.CreateBounded<Outgoing>(new BoundedChannelOptions(Waiting) { SingleReader = true });
    private readonly Task _stream;
    private int _unacknowledged;

    /// <param name="options">The cluster.</param>
    /// <param name="materializer">Runs the stage; disposed with this.</param>
    /// <param name="log">Told what an operator should know.</param>
    public FlowPublisher(KafkaOptions options, ActorMaterializer materializer, ILogger log)
    {
        _materializer = materializer;
        _client = new BatchProducer(options, log);
        var config = materializer.System.Settings.Config.WithFallback(KafkaExtensions.DefaultSettings);
        var settings = ProducerSettings<byte[]?, byte[]?>
            .Create(config.GetConfig("akka.kafka.producer"), RawBytes.Instance, RawBytes.Instance)
            .WithParallelism(UnderWay)
            .WithDispatcher("");
        _stream = ChannelSource.FromReader(_queue.Reader)
            .Select(outgoing => ProducerMessage.Single(outgoing.Record, outgoing))
            .Via(KafkaProducer.FlexiFlow<byte[]?, byte[]?, Outgoing>(settings, new RefusalReporter(_client.Client)))
            .RunForeach(Answered, materializer);

        // Who waits for a place in the queue of a stage that is gone would wait for ever.
        _stream.ContinueWith(
            ended => _queue.Writer.TryComplete(ended.Exception), CancellationToken.None, TaskContinuationOptions.None,
            TaskScheduler.Default);
    }

    /// <inheritdoc/>
    public int Unacknowledged => Math.Max(0, Volatile.Read(ref _unacknowledged));

    /// <inheritdoc/>
    public async Task<Delivery> EnqueueAsync(ReadOnlyMemory<OutgoingRecord> records, RecordBatch? answered = null)
    {
        var pending = new PendingBatch(records.Length);
        for (var i = 0; i < records.Length; i++)
        {
            try
            {
                await _queue.Writer.WriteAsync(new Outgoing(ToProduce(records.Span[i]), pending, i)).ConfigureAwait(false);
            }
            catch (ChannelClosedException closed)
            {
                throw Failed(closed);
            }

            Interlocked.Increment(ref _unacknowledged);
        }

        return new Delivery(_client.NameLimitsAsync(AwaitAsync(pending), records));
    }

    /// <inheritdoc/>
    /// <remarks>The run is over: what is not acknowledged is not waited for.</remarks>
    public void Dispose()
    {
        _queue.Writer.TryComplete();
        _materializer.Dispose();
        _client.Dispose();
    }

    private static ProducerRecord<byte[]?, byte[]?> ToProduce(in OutgoingRecord record)
    {
        var message = new Message<byte[]?, byte[]?> { Key = record.Key, Value = record.Value };
        if (record.Headers.Length > 0)
            message.Headers = RecordHeaders.To(record.Headers);
        return new ProducerRecord<byte[]?, byte[]?>(record.Topic, message);
    }

    private async Task<IReadOnlyList<Refusal>> AwaitAsync(PendingBatch pending)
    {
        await Task.WhenAny(pending.Acknowledged, _stream).ConfigureAwait(false);
        return pending.Acknowledged.IsCompletedSuccessfully
            ? await pending.Acknowledged.ConfigureAwait(false)
            : throw Failed(_stream.Exception);
    }

    private static PublishFailedException Failed(Exception? cause)
    {
        var reason = cause?.GetBaseException() is KafkaException refused ? $"{refused.Error.Reason} ({refused.Error.Code})"
            : cause?.GetBaseException().Message ?? "the producer's stage has ended";
        return new PublishFailedException($"the broker did not take a record: {reason}", cause);
    }

    private void Answered(IResults<byte[]?, byte[]?, Outgoing> results)
    {
        Interlocked.Decrement(ref _unacknowledged);
        var outgoing = results.PassThrough;
        var refused = results is Result<byte[]?, byte[]?, Outgoing> { Metadata: RefusedReport report } ? report : null;
        outgoing.Batch.Answered(refused is null ? null : refused.Refusal with { Index = outgoing.Index });
    }

    /// <summary>One record on its way.</summary>
    /// <param name="Record">As the stage takes it.</param>
    /// <param name="Batch">What it belongs to.</param>
    /// <param name="Index">Its place there.</param>
    private sealed record Outgoing(ProducerRecord<byte[]?, byte[]?> Record, PendingBatch Batch, int Index);

    /// <summary>The records of one batch that the broker has not answered for yet. The stage answers in their order.</summary>
    private sealed class PendingBatch
    {
        private readonly TaskCompletionSource<IReadOnlyList<Refusal>> _acknowledged =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
        private List<Refusal>? _refusals;
        private int _open;

        public PendingBatch(int records)
        {
            _open = records;
            if (records == 0)
                _acknowledged.SetResult(Delivery.NoRefusals);
        }

        public Task<IReadOnlyList<Refusal>> Acknowledged => _acknowledged.Task;

        public void Answered(Refusal? refusal)
        {
            if (refusal is { } refused)
                (_refusals ??= []).Add(refused);
            if (--_open == 0)
                _acknowledged.SetResult(_refusals ?? Delivery.NoRefusals);
        }
    }
}
