using System.Diagnostics;
using Confluent.Kafka;

namespace StreamNer.TestSupport.Kafka;

/// <summary>Reads a topic from its start, without a group.</summary>
public sealed class TopicReader : IDisposable
{
    private readonly IConsumer<byte[]?, byte[]?> _consumer;

    public TopicReader(string bootstrapServers, string topic, int partitions = 1)
    {
        _consumer = new ConsumerBuilder<byte[]?, byte[]?>(new Dictionary<string, string>
        {
            ["bootstrap.servers"] = bootstrapServers,
            ["group.id"] = "reader-" + topic,
            ["enable.auto.commit"] = "false",
            ["fetch.wait.max.ms"] = "10",
        })
            .SetKeyDeserializer(new AsIs()).SetValueDeserializer(new AsIs()).SetLogHandler((_, _) => { }).Build();
        _consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning)));
    }

    /// <summary>Reads so many records, however long that takes while they come.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seconds">How long none may come.</param>
    /// <exception cref="TimeoutException">No more came for so long.</exception>
    public IReadOnlyList<TestRecord> Read(int count, double seconds = 20)
    {
        var records = new List<TestRecord>(count);
        var begun = Stopwatch.GetTimestamp();
        while (records.Count < count)
        {
            if (_consumer.Consume(100)?.Message is { } message)
            {
                records.Add(TestRecord.Of(message));
                begun = Stopwatch.GetTimestamp();
            }
            else if (Stopwatch.GetElapsedTime(begun).TotalSeconds > seconds)
            {
                throw new TimeoutException($"{records.Count} of {count} records, then none for {seconds} s");
            }
        }

        return records;
    }

    /// <summary>Reads what else is there now.</summary>
    public IReadOnlyList<TestRecord> ReadRest(double silentSeconds = 0.5)
    {
        var records = new List<TestRecord>();
        while (_consumer.Consume(TimeSpan.FromSeconds(silentSeconds))?.Message is { } message)
            records.Add(TestRecord.Of(message));
        return records;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    private sealed class AsIs : IDeserializer<byte[]?>
    {
        public byte[]? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => isNull ? null : data.ToArray();
    }
}
