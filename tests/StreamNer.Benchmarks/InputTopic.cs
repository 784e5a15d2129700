using System.Text;
using Confluent.Kafka;

namespace StreamNer.Benchmarks;

/// <summary>A topic full of the sample's texts, cut at 200 characters.</summary>
internal static class InputTopic
{
    /// <summary>Writes the records, each with a key, in turn to each partition.</summary>
    /// <param name="bootstrapServers">The broker.</param>
    /// <param name="topic">Where to; it must exist.</param>
    /// <param name="partitions">How many it has.</param>
    /// <param name="records">How many are written.</param>
    /// <param name="headers">Gives each record its headers; null for none.</param>
    public static void Fill(string bootstrapServers, string topic, int partitions, int records, Func<int, Headers>? headers = null)
    {
        using var producer = new ProducerBuilder<byte[], byte[]>(new Dictionary<string, string>
        {
            ["bootstrap.servers"] = bootstrapServers,
            ["linger.ms"] = "5",
            ["queue.buffering.max.messages"] = "500000",
        }).Build();
        var texts = Sample.Documents(200)
            .Select(document => Encoding.UTF8.GetBytes(document.Text.Length <= 200 ? document.Text : document.Text[..200])).ToArray();
        for (var i = 0; i < records; i++)
        {
            producer.Produce(new TopicPartition(topic, i % partitions), new Message<byte[], byte[]>
            {
                Key = BitConverter.GetBytes(i),
                Value = texts[i % texts.Length],
                Headers = headers?.Invoke(i),
            });
        }

        producer.Flush();
    }
}
