using System.Diagnostics;
using System.Globalization;
using System.Text;
using Confluent.Kafka;

namespace StreamNer.Benchmarks;

/// <summary>The working set of the service with its model while documents of 1 to 10,000 characters go through it.</summary>
/// <remarks>
/// Service and broker have a process each. Lengths are spread evenly over the powers of ten, the same in each run.
/// <c>STREAMNER_BENCHMARK_DOCUMENTS</c> is how many there are, 20,000 by default.
/// </remarks>
internal static class MemoryBenchmark
{
    private const int Partitions = 4;
    private const int Longest = 10_000;
    private const int UnderWay = 200;
    private const int Parts = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static int Documents { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("STREAMNER_BENCHMARK_DOCUMENTS"), CultureInfo.InvariantCulture, out var documents)
            ? documents
            : 20_000;

    public static IEnumerable<Figure> Run()
    {
        using var broker = NodeProcess.StartBroker(Partitions, "input", "output", "dlq");
        using var service = NodeProcess.StartService(cost: null,
            ("Kafka:Broker", "Embedded"),
            ("Kafka:BootstrapServers", broker.Started()),
            ("Kafka:GroupId", "memory"),
            ("Kafka:InputTopics:0", "input"),
            ("Kafka:OutputTopic", "output"),
            ("Kafka:DeadLetterTopic", "dlq"));
        service.Started();
        using var producer = new ProducerBuilder<Null, byte[]>(
            new Dictionary<string, string> { ["bootstrap.servers"] = broker.Started() }).Build();
        var texts = string.Join(' ', Sample.Documents(200).Select(document => document.Text));
        var (random, first, sent) = (new Random(1), 0.0, 0);
        for (var part = 1; part <= Parts; part++)
        {
            for (; sent < (long)Documents * part / Parts; sent++)
            {
                // More than is under way the embedded broker would drop.
                if (sent % (UnderWay / 2) == 0)
                    Await(service, sent - UnderWay);
                var length = (int)Math.Pow(Longest, random.NextDouble());
                var text = texts.Substring(random.Next(texts.Length - length), length);
                producer.Produce(new TopicPartition("input", sent % Partitions),
                    new Message<Null, byte[]> { Value = Encoding.UTF8.GetBytes(text) });
            }

            Await(service, sent);
            var megabytes = service.WorkingSet / 1e6;
            first = part == 1 ? megabytes : first;
            yield return new Figure($"service, after {sent:N0} documents of 1 to {Longest:N0} characters", $"working set {megabytes:F0} MB",
                Figure.Once, megabytes / first, "after the first tenth");
        }
    }

    private static void Await(NodeProcess service, int published)
    {
        var (last, since) = (0L, Stopwatch.GetTimestamp());
        while (service.Published() is var now && now < published)
        {
            if (now > last)
                (last, since) = (now, Stopwatch.GetTimestamp());
            if (Stopwatch.GetElapsedTime(since) > Patience)
                throw new TimeoutException($"{now} of {published} documents came, then nothing for {Patience}");
            Thread.Sleep(5);
        }
    }
}
