using System.Diagnostics;
using System.Text;
using Confluent.Kafka;

namespace StreamNer.Benchmarks;

/// <summary>
/// Two instances of one consumer group against one, Kafka to Kafka, with a model that waits a fixed time for each batch. Broker and
/// instances have a process each.
/// </summary>
/// <remarks>
/// Both groups are there all the time, with topics of their own, and get documents in turn. A clock runs from the first document sent until
/// the last event stands in the output.
/// </remarks>
internal static class InstancesBenchmark
{
    private const int Partitions = 8;
    private const int Records = 2_400;
    private const int Rounds = 3;

    private static readonly TimeSpan Cost = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static IEnumerable<Figure> Run()
    {
        using var broker = NodeProcess.StartBroker(Partitions, "alone-in", "alone-out", "shared-in", "shared-out", "dlq");
        using var alone = StartInstance(broker, "alone");
        using var first = StartInstance(broker, "shared");
        using var second = StartInstance(broker, "shared");
        using var topics = new Topics(broker.Started());

        // Until both have partitions: they may join one after the other.
        while (first.Published() == 0 || second.Published() == 0)
            topics.SendAndAwait("shared", Partitions * 10);

        var (two, one, ratio) = Paired.Time(Rounds, () => topics.SendAndAwait("shared", Records),
            () => topics.SendAndAwait("alone", Records));
        yield return new Figure($"one instance, Kafka to Kafka, {Cost.TotalMilliseconds:F0} ms a batch", $"{Records / one:F0} documents/s",
            Figure.InTurn(Rounds));
        yield return new Figure("two instances of one group", $"{Records / two:F0} documents/s", Figure.InTurn(Rounds), ratio,
            "one instance; bar 1.9");
    }

    private static NodeProcess StartInstance(NodeProcess broker, string group) => NodeProcess.StartService(Cost,
        ("Devices:0:Lanes", "1"),
        ("Kafka:Broker", "Embedded"),
        ("Kafka:BootstrapServers", broker.Started()),
        ("Kafka:GroupId", group),
        ("Kafka:InputTopics:0", $"{group}-in"),
        ("Kafka:OutputTopic", $"{group}-out"),
        ("Kafka:DeadLetterTopic", "dlq"));

    /// <summary>Sends to one group's input and looks how far its output is.</summary>
    private sealed class Topics : IDisposable
    {
        private readonly byte[][] _texts = [.. Sample.Documents(200).Select(document => Encoding.UTF8.GetBytes(document.Text))];
        private readonly IProducer<Null, byte[]> _producer;
        private readonly IConsumer<Ignore, Ignore> _reader;
        private int _sent;

        public Topics(string bootstrapServers)
        {
            var settings = new Dictionary<string, string> { ["bootstrap.servers"] = bootstrapServers };
            _producer = new ProducerBuilder<Null, byte[]>(settings).Build();
            _reader = new ConsumerBuilder<Ignore, Ignore>(
                new Dictionary<string, string>(settings) { ["group.id"] = "looks-at-ends-only" }).Build();
        }

        /// <summary>Sends, and waits until there is an event for each.</summary>
        public void SendAndAwait(string group, int records)
        {
            var due = Ends($"{group}-out") + records;
            for (var i = 0; i < records; i++, _sent++)
            {
                _producer.Produce(new TopicPartition($"{group}-in", _sent % Partitions),
                    new Message<Null, byte[]> { Value = _texts[_sent % _texts.Length] });
            }

            var started = Stopwatch.GetTimestamp();
            while (Ends($"{group}-out") < due)
            {
                if (Stopwatch.GetElapsedTime(started) > Patience)
                    throw new TimeoutException($"{Ends($"{group}-out") - due + records} of {records} documents came within {Patience}");
                Thread.Sleep(5);
            }
        }

        public void Dispose()
        {
            _producer.Dispose();
            _reader.Dispose();
        }

        private long Ends(string topic) => Enumerable.Range(0, Partitions)
            .Sum(partition => _reader.QueryWatermarkOffsets(new TopicPartition(topic, partition), Patience).High.Value);
    }
}
