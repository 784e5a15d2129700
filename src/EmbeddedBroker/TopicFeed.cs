using System.Text;
using Confluent.Kafka;
using StreamNer.Streams.Kafka;

namespace StreamNer.Embedded;

/// <summary>Writes documents to a topic of the embedded broker, never faster than the group reads them. One caller at a time.</summary>
internal sealed class TopicFeed : IDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);

    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly LagGuard _guard;
    private readonly string _topic;
    private readonly int _partitions;
    private int _next;
    private Error? _failure;

    private TopicFeed(LagGuard guard, IProducer<byte[]?, byte[]?> producer, string topic, int partitions)
    {
        _guard = guard;
        _producer = producer;
        _topic = topic;
        _partitions = partitions;
    }

    /// <summary>Opens a feed into a topic that exists.</summary>
    /// <param name="options">The broker, and the group that reads the topic.</param>
    /// <param name="topic">The topic, of which this feed must be the only steady writer.</param>
    /// <param name="partitions">How many partitions it has; documents go to each in turn.</param>
    public static async Task<TopicFeed> OpenAsync(KafkaOptions options, string topic, int partitions)
    {
        var guard = await LagGuard.ForGroupAsync(options.BootstrapServers, options.GroupId, topic).ConfigureAwait(false);
        var producer = new ProducerBuilder<byte[]?, byte[]?>(ClientSettings.Producer(options))
            .SetKeySerializer(RawBytes.Instance)
            .SetValueSerializer(RawBytes.Instance)
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .Build();
        return new TopicFeed(guard, producer, topic, partitions);
    }

    /// <summary>Writes one document; waits while the partition it goes to is as full as the broker can keep.</summary>
    /// <exception cref="KafkaException">The broker refused this document or an earlier one.</exception>
    public async ValueTask WriteAsync(string key, string text, CancellationToken stop)
    {
        var (keyBytes, value) = (Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(text));
        var partition = _next++ % _partitions;
        await _guard.AdmitAsync(partition, keyBytes.Length + value.Length, stop).ConfigureAwait(false);

        while (true)
        {
            if (_failure is { } failure)
                throw new KafkaException(failure);

            try
            {
                _producer.Produce(new TopicPartition(_topic, partition),
                    new Message<byte[]?, byte[]?> { Key = keyBytes, Value = value }, Delivered);
                return;
            }
            catch (ProduceException<byte[]?, byte[]?> full) when (full.Error.Code == ErrorCode.Local_QueueFull)
            {
                await Task.Delay(LookAgain, stop).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _producer.Dispose();
        _guard.Dispose();
    }

    private void Delivered(DeliveryReport<byte[]?, byte[]?> report)
    {
        if (report.Error.IsError)
            _failure = report.Error;
    }
}
