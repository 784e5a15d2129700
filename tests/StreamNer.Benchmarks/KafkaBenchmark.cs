using System.Diagnostics;
using System.Text;
using Akka.Actor;
using Akka.Hosting;
using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Embedded;
using StreamNer.Host.Configuration;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Windows;
using StreamNer.Streams;
using StreamNer.Streams.Telemetry;
using StreamNer.Streams.Wire;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Actors;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Benchmarks;

/// <summary>
/// Kafka to Kafka with a classifier that costs nothing, against a bare loop that consumes, produces and commits, on one embedded broker.
/// </summary>
/// <remarks>
/// The input stands in the topic before the clock starts, and each run reads it with a group of its own. A clock runs from the first
/// record consumed to the last one acknowledged, so that joining the group is not measured; offsets are committed beside it. Two bare
/// loops: one passes the input on as it is, one produces records of the events' size, with as many headers, made beforehand.
/// </remarks>
internal static class KafkaBenchmark
{
    public const int Partitions = 8;
    public const int Records = 120_000;
    private const int Rounds = 5;

    // Until the runtime has compiled what is hot a second time: a process that has just started spends a sixth of its time on that.
    private const int WarmUps = 3;

    public static IEnumerable<Figure> Run()
    {
        using var broker = EmbeddedBroker.Start();
        broker.Mock?.SetInitialRebalanceDelay(TimeSpan.Zero);
        var run = 0;
        string Fresh(string name) => $"{name}-{run++}";

        broker.CreateTopic("input", Partitions);
        InputTopic.Fill(broker.BootstrapServers, "input", Partitions, Records);
        var (loops, sameOutput, excluded, included) = (new double[Rounds], new double[Rounds], new double[Rounds], new double[Rounds]);
        for (var round = -WarmUps; round < Rounds; round++)
        {
            string Output()
            {
                var topic = Fresh("output");
                broker.CreateTopic(topic, Partitions);
                return topic;
            }

            var loop = BareLoop(broker.BootstrapServers, Fresh("group"), Output(), null);
            var same = BareLoop(broker.BootstrapServers, Fresh("group"), Output(), EventLikeMessage());
            var without = Pipeline(broker.BootstrapServers, Fresh("group"), Output(), null).Seconds;
            var with = Pipeline(broker.BootstrapServers, Fresh("group"), Output(), Recognition()).Seconds;
            if (round >= 0)
                (loops[round], sameOutput[round], excluded[round], included[round]) = (loop, same, without, with);
        }

        string Speed(double[] seconds) => $"{Records / Paired.Median(seconds):F0} documents/s";
        double Ratio(double[] ours, double[] bare) => Paired.Median([.. bare.Zip(ours, (b, o) => b / o)]);
        yield return new Figure("bare loop, input passed on", Speed(loops), Figure.InTurn(Rounds));
        yield return new Figure("bare loop, output like our events", Speed(sameOutput), Figure.InTurn(Rounds));
        yield return new Figure("Kafka to Kafka, tokenizing excluded", Speed(excluded), Figure.InTurn(Rounds), Ratio(excluded, loops),
            "bare loop, input passed on");
        yield return new Figure("Kafka to Kafka, tokenizing excluded", Speed(excluded), Figure.InTurn(Rounds), Ratio(excluded, sameOutput),
            "bare loop, output like our events; bar 0.7");
        yield return new Figure("Kafka to Kafka, tokenizing included", Speed(included), Figure.InTurn(Rounds), Ratio(included, loops),
            "bare loop, input passed on");
        yield return new Figure("Kafka to Kafka, tokenizing included", Speed(included), Figure.InTurn(Rounds), Ratio(included, sameOutput),
            "bare loop, output like our events");
        foreach (var figure in Connectors(broker, Fresh))
            yield return figure;

        if (!BrokerForTests.IsCluster)
        {
            yield return new Figure("exactly once", $"needs a Kafka cluster, named in {BrokerForTests.AddressVariable}",
                Figure.NotMeasured);
            yield break;
        }

        foreach (var figure in ExactlyOnce())
            yield return figure;
    }

    // The same work, round by round: the product's own connector and the one that the build has chosen.
    private static IEnumerable<Figure> Connectors(EmbeddedBroker broker, Func<string, string> fresh)
    {
        if (ConnectorChoice.IsOwn)
        {
            yield return new Figure("Akka.Streams.Kafka", "needs a build with -p:KafkaConnector=AkkaStreamsKafka", Figure.NotMeasured);
            yield break;
        }

        var (own, chosen) = (new double[Rounds], new double[Rounds]);
        for (var round = -WarmUps; round < Rounds; round++)
        {
            var (took, tookChosen) = (Seconds(own: true), Seconds(own: false));
            if (round >= 0)
                (own[round], chosen[round]) = (took, tookChosen);
        }

        yield return new Figure("Akka.Streams.Kafka, tokenizing excluded", $"{Records / Paired.Median(chosen):F0} documents/s",
            Figure.InTurn(Rounds), Paired.Median([.. own.Zip(chosen, (o, c) => o / c)]),
            $"own connector, {Records / Paired.Median(own):F0} documents/s");

        double Seconds(bool own)
        {
            var output = fresh("output");
            broker.CreateTopic(output, Partitions);
            return Pipeline(broker.BootstrapServers, fresh("group"), output, null, own: own).Seconds;
        }
    }

    // On the cluster, beside at least once there: transactions of three sizes, and as large as 100 ms make them.
    private static IEnumerable<Figure> ExactlyOnce()
    {
        using var cluster = new BrokerForTests();
        var input = BrokerForTests.NewName("input");
        cluster.CreateTopic(input, Partitions);
        InputTopic.Fill(cluster.BootstrapServers, input, Partitions, Records);
        (string Name, (string Key, string Value)[] Settings)[] variants =
        [
            ("at least once, on the cluster", []),
            .. ((int[])[1_000, 5_000, 20_000]).Select(records => ($"exactly once, {records} records a transaction", ExactlyOnce(records))),
            ("exactly once, 100 ms a transaction", [("Delivery", "ExactlyOnce")]),
        ];
        var seconds = variants.Select(_ => new double[Rounds]).ToArray();
        for (var round = -WarmUps; round < Rounds; round++)
        {
            for (var i = 0; i < variants.Length; i++)
            {
                var output = BrokerForTests.NewName("output");
                cluster.CreateTopic(output, Partitions);
                var took = Pipeline(cluster.BootstrapServers, BrokerForTests.NewName("group"), output, null, settings:
                    [("Broker", "External"), ("InputTopics:0", input), .. variants[i].Settings]).Seconds;
                if (round >= 0)
                    seconds[i][round] = took;
            }
        }

        for (var i = 0; i < variants.Length; i++)
        {
            yield return new Figure(variants[i].Name, $"{Records / Paired.Median(seconds[i]):F0} documents/s", Figure.InTurn(Rounds),
                Paired.Median([.. seconds[0].Zip(seconds[i], (atLeastOnce, took) => atLeastOnce / took)]), "at least once, on the cluster");
        }

        static (string, string)[] ExactlyOnce(int records) =>
            [("Delivery", "ExactlyOnce"), ("Transaction:MaxRecords", $"{records}"), ("Transaction:Interval", "00:00:05")];
    }

    private static Message<byte[], byte[]> EventLikeMessage()
    {
        var headers = new Headers();
        foreach (
            var (name, value) in ((string, string)[])[("ce_specversion", "1.0"), ("ce_id", "input/0/12345/0badcafe"),
            ("ce_source", "/streamner/en-ner-small"), ("ce_type", "dev.streamner.entities.v1"), ("ce_subject", "input/0/12345"),
            ("content-type", "application/json"), ("ce_time", "2026-01-01T00:00:00.000Z")])
        {
            headers.Add(name, Encoding.UTF8.GetBytes(value));
        }

        return new Message<byte[], byte[]> { Value = new byte[250], Headers = headers };
    }

    /// <summary>
    /// Never waits: what is acknowledged is stored now and then, and committed in the background. Records keep their partition, so that
    /// those of one are acknowledged in its order; the input's offsets begin at 0.
    /// </summary>
    private static double BareLoop(string bootstrapServers, string group, string output, Message<byte[], byte[]>? template)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new Dictionary<string, string>
        {
            ["bootstrap.servers"] = bootstrapServers,
            ["group.id"] = group,
            ["auto.offset.reset"] = "earliest",
            ["enable.auto.offset.store"] = "false",
            ["auto.commit.interval.ms"] = "200",
            ["session.timeout.ms"] = "6000",
            ["fetch.wait.max.ms"] = "10",
            ["fetch.queue.backoff.ms"] = "10",
        }).Build();
        using var producer = new ProducerBuilder<byte[], byte[]>(new Dictionary<string, string>
        {
            ["bootstrap.servers"] = bootstrapServers,
            ["linger.ms"] = "5",
            ["enable.idempotence"] = "true",
            ["queue.buffering.max.messages"] = "200000",
            ["dotnet.producer.delivery.report.fields"] = "none",
        }).Build();
        var (acknowledged, ended, failure) = (new long[Partitions], 0L, (Error?)null);
        consumer.Subscribe("input");
        long started = 0;
        for (var count = 0; count < Records;)
        {
            if (consumer.Consume(100) is not { Message: { } message } record)
                continue;
            if (count++ == 0)
                started = Stopwatch.GetTimestamp();
            producer.Produce(
                new TopicPartition(output, record.Partition),
                new Message<byte[], byte[]> { Key = message.Key, Value = template?.Value ?? message.Value, Headers = template?.Headers },
                Acknowledge);
            if (count % 1_000 == 0)
                Store();
        }

        producer.Flush();
        if (failure is not null)
            throw new KafkaException(failure);
        var seconds = Stopwatch.GetElapsedTime(started, ended).TotalSeconds;
        Store();
        consumer.Close();
        return seconds;

        void Acknowledge(DeliveryReport<byte[], byte[]> report)
        {
            if (report.Error.IsError)
                failure = report.Error;
            Interlocked.Increment(ref acknowledged[report.Partition.Value]);
            ended = Stopwatch.GetTimestamp();
        }

        void Store()
        {
            for (var partition = 0; partition < Partitions; partition++)
            {
                if (Interlocked.Read(ref acknowledged[partition]) is > 0 and var offset)
                    consumer.StoreOffset(new TopicPartitionOffset("input", partition, offset));
            }
        }
    }

    /// <summary>The real recognition actors over a model that costs nothing.</summary>
    public static RecognitionSetup Recognition()
    {
        var folder = ModelFolder.Open(Repository.DefaultModel);
        return RecognitionSetup.For(folder, LanePlan.Create([], Environment.ProcessorCount), new WindowOptions(), new(), new())
            with
        { Classifiers = new FreeClassifier.Factory(folder.Description.Labels.Length) };
    }

    /// <summary>Takes the input through the pipeline once.</summary>
    /// <param name="bootstrapServers">The broker.</param>
    /// <param name="group">A group that has read nothing yet.</param>
    /// <param name="output">Where the events go.</param>
    /// <param name="recognition">The real recognition actors; null for an actor that answers at once.</param>
    /// <param name="watch">Adds what watches the pipeline; null for nothing.</param>
    /// <param name="own">Takes the product's own connector, whatever the build has chosen.</param>
    /// <param name="settings">Of the section <c>Kafka</c>; they win over those above.</param>
    /// <returns>
    /// Seconds from the first record consumed to the last one acknowledged, and the seconds that all threads of the process computed
    /// meanwhile.
    /// </returns>
    public static (double Seconds, double ComputedSeconds) Pipeline(string bootstrapServers, string group, string output,
        RecognitionSetup? recognition, Action<IServiceCollection>? watch = null, bool own = true,
        params (string Key, string Value)[] settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["StreamNer:Kafka:Broker"] = "Embedded",
            ["StreamNer:Kafka:BootstrapServers"] = bootstrapServers,
            ["StreamNer:Kafka:GroupId"] = group,
            ["StreamNer:Kafka:InputTopics:0"] = "input",
            ["StreamNer:Kafka:OutputTopic"] = output,
        });
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(one => $"StreamNer:Kafka:{one.Key}", one => (string?)one.Value));
        watch?.Invoke(builder.Services);
        if (own)
            builder.Services.AddStreams(builder.Configuration);
        else
            builder.Services.AddStreamsOverConnector(builder.Configuration);
        builder.Services.AddAkka("benchmark", (akka, services) =>
        {
            akka.AddHocon(TestSetup.AkkaConf, HoconAddMode.Append);
            akka.AddHocon("akka.loglevel = ERROR", HoconAddMode.Prepend);
            akka.WithActors((system, registry) => registry.Register<Recogniser>(recognition is null
                ? system.ActorOf(Props.Create(() => new Recogniser()))
                : RecognitionRegistration.Start(system, new EnsembleSetup { Models = [recognition] })));
            akka.WithPipeline(services, registry => registry.Get<Recogniser>(), new ModelIdentity("benchmark", "0badcafe"));
        });

        using var host = builder.Build();
        host.Start();
        var status = host.Services.GetRequiredService<PipelineStatus>();
        var deadline = Stopwatch.GetTimestamp() + 120 * Stopwatch.Frequency;
        void Until(Func<PipelineSnapshot, bool> condition)
        {
            while (!condition(status.Snapshot()))
            {
                if (Stopwatch.GetTimestamp() > deadline)
                    throw new TimeoutException($"the pipeline did not get through in time: {status.Snapshot()}");
                Thread.Sleep(2);
            }
        }

        Until(snapshot => snapshot.Consumed > 0);
        var (started, computed) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        Until(snapshot => snapshot.Published >= Records);
        var (seconds, computedSeconds) =
            (Stopwatch.GetElapsedTime(started).TotalSeconds, (Environment.CpuUsage.TotalTime - computed).TotalSeconds);
        host.StopAsync().GetAwaiter().GetResult();
        return (seconds, computedSeconds);
    }

    /// <summary>Answers at once: no tokenizing, no model.</summary>
    private sealed class Recogniser : ReceiveActor
    {
        public Recogniser() => Receive<RecognitionProtocol.Recognise>(question =>
        {
            var outcomes = new DocumentOutcome[question.Documents.Count];
            Array.Fill(outcomes, DocumentOutcome.Labelled.Nothing);
            Sender.Tell(new RecognitionProtocol.Recognised(outcomes));
        });
    }
}
