using System.Text;
using Confluent.Kafka;

namespace StreamNer.TestSupport.Kafka;

/// <summary>Produces into a topic, and knows when the broker has it.</summary>
public sealed class TopicWriter : IDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);

    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly string _topic;

    public TopicWriter(string bootstrapServers, string topic)
    {
        _topic = topic;
        _producer = new ProducerBuilder<byte[]?, byte[]?>(new Dictionary<string, string>
        {
            ["bootstrap.servers"] = bootstrapServers,
            ["linger.ms"] = "5",
            ["message.max.bytes"] = "16777216",
        })
            .SetKeySerializer(new AsIs()).SetValueSerializer(new AsIs()).SetLogHandler((_, _) => { }).Build();
    }

    /// <summary>Enqueues a record; <see cref="Flush"/> waits for it.</summary>
    public void Write(string? key, byte[]? value, int partition = 0, Headers? headers = null) =>
        _producer.Produce(
            new TopicPartition(_topic, partition),
            new Message<byte[]?, byte[]?> { Key = key is null ? null : Encoding.UTF8.GetBytes(key), Value = value, Headers = headers });

    /// <summary>Enqueues a text.</summary>
    public void Write(string? key, string value, int partition = 0, Headers? headers = null) =>
        Write(key, Encoding.UTF8.GetBytes(value), partition, headers);

    /// <summary>Waits until the broker has everything.</summary>
    /// <exception cref="TimeoutException">It does not have everything in time.</exception>
    public void Flush()
    {
        if (_producer.Flush(AnswerTime) > 0)
            throw new TimeoutException("the broker did not take the records");
    }

    /// <inheritdoc/>
    public void Dispose() => _producer.Dispose();

    private sealed class AsIs : ISerializer<byte[]?>
    {
        public byte[]? Serialize(byte[]? data, SerializationContext context) => data;
    }
}
