using System.Globalization;
using Confluent.Kafka;

namespace StreamNer.Streams.Kafka;

/// <summary>
/// Puts together what each Kafka client is told: our defaults, over them the user's settings, over them what the guarantees need.
/// </summary>
internal static class ClientSettings
{
    private const string NameKey = "group.instance.id";
    private const string SessionKey = "session.timeout.ms";
    private const string HiddenKey = "topic.blacklist";
    private const string TransactionalIdKey = "transactional.id";

    /// <summary>librdkafka's own <c>batch.size</c>.</summary>
    public const int UsualBatchBytes = 1_000_000;

    /// <summary>Defaults of librdkafka that do not fit a pipeline; the user may change each.</summary>
    private static readonly Dictionary<string, string> ConsumerDefaults = new()
    {
        // A new group starts with what is there; librdkafka's own default would skip it.
        ["auto.offset.reset"] = "earliest",
        // librdkafka waits a second after its queue was full once, which caps a consumer at about 100,000 records a second.
        ["fetch.queue.backoff.ms"] = "10",
        ["partition.assignment.strategy"] = "cooperative-sticky",
        // A topic that is made later, or gets more partitions, is found within this time; librdkafka's own is five minutes.
        ["topic.metadata.refresh.interval.ms"] = "30000",
        // So long the partitions of an instance that was killed wait for another owner; librdkafka's own is 45 seconds. The client beats
        // on a thread of its own: only a machine that stands still for so long loses its partitions.
        [SessionKey] = "8000",
        ["heartbeat.interval.ms"] = "2000",
    };

    /// <summary>What a member with a name has instead: it comes back to its partitions, and may take its time.</summary>
    private static readonly Dictionary<string, string> NamedConsumer = new() { [SessionKey] = "45000", ["heartbeat.interval.ms"] = "3000" };

    private static readonly Dictionary<string, string> ProducerDefaults = new()
    {
        ["linger.ms"] = "5",
        // Records with equal keys go where a Java producer would put them.
        ["partitioner"] = "murmur2_random",
        // The broker decides what is too large. Requests stay small all the same: batch.size is not touched.
        ["message.max.bytes"] = "16777216",
        ["queue.buffering.max.messages"] = "200000",
    };

    /// <summary>
    /// What the embedded broker needs: it answers empty fetches only when their time is up, and rebalances by session timeout.
    /// </summary>
    private static readonly Dictionary<string, string> EmbeddedConsumer = new()
    {
        ["fetch.wait.max.ms"] = "10",
        ["session.timeout.ms"] = "6000",
        ["heartbeat.interval.ms"] = "500",
        ["auto.commit.interval.ms"] = "200",
    };

    private static readonly Dictionary<string, string> ConsumerRequired = new()
    {
        ["enable.auto.offset.store"] = "false",
        ["enable.auto.commit"] = "true",
        ["enable.partition.eof"] = "false",
    };

    /// <summary>What takes the place of <see cref="ConsumerRequired"/> where offsets travel in transactions.</summary>
    private static readonly Dictionary<string, string> ExactlyOnceConsumerRequired = new(ConsumerRequired)
    {
        ["enable.auto.commit"] = "false",
        // With it the next owner of a partition waits until the offsets of a transaction that is still open there are decided.
        ["isolation.level"] = "read_committed",
    };

    private static readonly Dictionary<string, string> ProducerRequired = new()
    {
        ["enable.idempotence"] = "true",
        ["acks"] = "all",
        ["dotnet.producer.enable.delivery.reports"] = "true",
        // The value tells which record a report is about; the rest would only be copied for nothing.
        ["dotnet.producer.delivery.report.fields"] = "value",
    };

    // With the broker-side protocol these are the broker's to say, and librdkafka refuses them.
    private static readonly string[] ClassicProtocolOnly =
        ["partition.assignment.strategy", SessionKey, "heartbeat.interval.ms", "group.protocol.type"];

    private static readonly Dictionary<string, string> Aliases = new()
    {
        ["request.required.acks"] = "acks",
        ["metadata.broker.list"] = "bootstrap.servers",
    };

    /// <summary>The consumer's settings.</summary>
    /// <param name="options">The cluster, the group and what the user wrote.</param>
    /// <param name="instanceId">The member's name, if it has one that the user has not written among the settings.</param>
    public static Dictionary<string, string> Consumer(KafkaOptions options, string? instanceId = null)
    {
        var isNamed = instanceId is not null || options.Client.ContainsKey(NameKey) || options.Consumer.ContainsKey(NameKey);
        var ours = options.Broker == BrokerKind.Embedded ? EmbeddedConsumer : isNamed ? NamedConsumer : [];
        var settings = Merge(ConsumerDefaults, ours, options.Client, options.Consumer, RequiredOfConsumer(options));
        if (instanceId is not null)
            settings[NameKey] = instanceId;
        settings["bootstrap.servers"] = options.BootstrapServers;
        settings["group.id"] = options.GroupId;
        if (new TopicSelection(options).Hidden is { } hidden)
            settings[HiddenKey] = settings.GetValueOrDefault(HiddenKey) is { Length: > 0 } more ? $"{more},{hidden}" : hidden;
        if (UsesBrokerSideProtocol(settings))
        {
            foreach (var key in ClassicProtocolOnly)
            {
                // Only our own defaults: what the user wrote stays, so that librdkafka can say what is wrong with it.
                if (!options.Client.ContainsKey(key) && !options.Consumer.ContainsKey(key))
                    settings.Remove(key);
            }
        }

        return settings;
    }

    /// <summary>The settings of a consumer that is assigned its partitions: it sees what patterns of the group must not reach.</summary>
    public static Dictionary<string, string> Reader(KafkaOptions options) => Consumer(options with { InputTopics = [] });

    /// <summary>The producer's settings.</summary>
    public static Dictionary<string, string> Producer(KafkaOptions options)
    {
        var settings = Merge(ProducerDefaults, options.Client, options.Producer, ProducerRequired);
        settings["bootstrap.servers"] = options.BootstrapServers;
        return settings;
    }

    /// <summary>The settings of a producer whose records are seen with its transactions.</summary>
    /// <param name="options">The cluster and the transactions.</param>
    /// <param name="id">The name of this instance at the coordinator.</param>
    public static Dictionary<string, string> TransactionalProducer(KafkaOptions options, string id)
    {
        var settings = Producer(options);
        settings[TransactionalIdKey] = id;
        settings["transaction.timeout.ms"] =
            ((long)options.Transaction.Timeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        return settings;
    }

    /// <summary>Settings of a client that only looks.</summary>
    public static Dictionary<string, string> Admin(KafkaOptions options)
    {
        var settings = Merge(options.Client);
        settings["bootstrap.servers"] = options.BootstrapServers;
        return settings;
    }

    /// <summary>
    /// How long the group waits for a silent member, or longer where it has a name that the user has not written among the settings.
    /// </summary>
    public static TimeSpan SessionTimeout(KafkaOptions options) => Time(options, SessionKey, TimeSpan.FromSeconds(45));

    /// <summary>
    /// How long the group waits for a member that gives partitions back. A cluster waits as long as it may go without polling, since its
    /// heartbeats go on; the embedded broker only for the session.
    /// </summary>
    public static TimeSpan RebalanceTimeout(KafkaOptions options) =>
        options.Broker == BrokerKind.Embedded ? SessionTimeout(options) : MaxPollInterval(options);

    /// <summary>How long the consumer may go without polling.</summary>
    public static TimeSpan MaxPollInterval(KafkaOptions options) => Time(options, "max.poll.interval.ms", TimeSpan.FromMinutes(5));

    /// <summary>Lists what contradicts the guarantees, or what librdkafka does not take.</summary>
    public static IEnumerable<string> Problems(KafkaOptions options)
    {
        var consumer = RequiredOfConsumer(options);
        var problems = Contradictions("Client", options.Client, [.. consumer, .. ProducerRequired])
            .Concat(Contradictions("Consumer", options.Consumer, consumer))
            .Concat(Contradictions("Producer", options.Producer, ProducerRequired))
            .ToList();
        if (problems.Count > 0)
            return problems;

        problems.AddRange(Refused("Consumer", options.Client, options.Consumer, Consumer(options), BuildConsumer));
        var producer = options.Delivery == DeliveryGuarantee.ExactlyOnce ? TransactionalProducer(options, "check") : Producer(options);
        problems.AddRange(Refused("Producer", options.Client, options.Producer, producer, BuildProducer));
        return problems.Distinct(StringComparer.Ordinal);

        static IDisposable BuildConsumer(Dictionary<string, string> settings) =>
            new ConsumerBuilder<byte[], byte[]>(settings).SetLogHandler((_, _) => { }).Build();

        static IDisposable BuildProducer(Dictionary<string, string> settings) =>
            new ProducerBuilder<byte[], byte[]>(settings).SetLogHandler((_, _) => { }).Build();
    }

    // librdkafka knows its settings best; a client that is built and thrown away has not connected to anything yet. It stops at the first
    // that it refuses, and may name another one that this one stands for, so each of the user's is tried alone too.
    private static List<string> Refused(
        string section, IReadOnlyDictionary<string, string> common, IReadOnlyDictionary<string, string> own,
        Dictionary<string, string> merged, Func<Dictionary<string, string>, IDisposable> build)
    {
        if (Refusal(merged, build) is not { } together)
            return [];

        List<string> problems = [];
        foreach (var (where, settings) in ((string, IReadOnlyDictionary<string, string>)[])[("Client", common), (section, own)])
        {
            foreach (var (key, value) in settings)
            {
                var alone = new Dictionary<string, string>(StringComparer.Ordinal) { ["group.id"] = "check", [key] = value };
                if (section == "Producer")
                    alone.Remove("group.id");
                if (Refusal(alone, build) is { } reason)
                    problems.Add($"{KafkaOptions.Section}:{where}:{key} is refused by librdkafka: {reason}");
            }
        }

        return problems.Count > 0 ? problems : [$"{KafkaOptions.Section}:Client or :{section} is refused by librdkafka: {together}"];
    }

    /// <returns>Why librdkafka makes no client of these settings; null when it does.</returns>
    private static string? Refusal(Dictionary<string, string> settings, Func<Dictionary<string, string>, IDisposable> build)
    {
        try
        {
            build(settings).Dispose();
            return null;
        }
        catch (Exception refused) when (refused is InvalidOperationException or ArgumentException or KafkaException)
        {
            return refused.Message.Trim();
        }
    }

    private static Dictionary<string, string> RequiredOfConsumer(KafkaOptions options) =>
        options.Delivery == DeliveryGuarantee.ExactlyOnce ? ExactlyOnceConsumerRequired : ConsumerRequired;

    private static IEnumerable<string> Contradictions(
        string section, IReadOnlyDictionary<string, string> settings, IEnumerable<KeyValuePair<string, string>> required)
    {
        foreach (var (key, value) in settings)
        {
            var name = Aliases.GetValueOrDefault(key, key);
            var where = $"{KafkaOptions.Section}:{section}:{key}";
            if (name == "bootstrap.servers")
            {
                yield return $"{where} stands twice; set {KafkaOptions.Section}:BootstrapServers instead";
            }
            else if (name == "group.id")
            {
                yield return $"{where} stands twice; set {KafkaOptions.Section}:GroupId instead";
            }
            else if (name == TransactionalIdKey)
            {
                yield return $"{where} is '{value}', it must be left out: the name belongs to {TransactionOptions.Section}:Id, with "
                    + $"{KafkaOptions.Section}:Delivery {DeliveryGuarantee.ExactlyOnce}";
            }
            else if (name == "transaction.timeout.ms")
            {
                yield return $"{where} is '{value}', it must be left out: set {TransactionOptions.Section}:Timeout instead";
            }
            else if (name.StartsWith("test.mock.", StringComparison.Ordinal))
            {
                yield return $"{where} would give each client a broker of its own; set {KafkaOptions.Section}:Broker to "
                    + $"{BrokerKind.Embedded} instead";
            }

            foreach (var (protectedName, needed) in required)
            {
                if (name == protectedName && !Same(value, needed))
                    yield return $"{where} is '{value}', it must be '{needed}': the delivery guarantee stands on it; leave it out";
            }
        }
    }

    private static bool Same(string value, string needed) =>
        value.Equals(needed, StringComparison.OrdinalIgnoreCase) || (needed == "all" && value == "-1");

    private static TimeSpan Time(KafkaOptions options, string key, TimeSpan clientDefault) =>
        Consumer(options).TryGetValue(key, out var text) && int.TryParse(text, CultureInfo.InvariantCulture, out var milliseconds)
            ? TimeSpan.FromMilliseconds(milliseconds)
            : clientDefault;

    /// <summary>Whether the brokers, not the members, share out the partitions.</summary>
    public static bool UsesBrokerSideProtocol(KafkaOptions options) => UsesBrokerSideProtocol(Consumer(options));

    private static bool UsesBrokerSideProtocol(Dictionary<string, string> settings) =>
        settings.TryGetValue("group.protocol", out var protocol) && protocol.Equals("consumer", StringComparison.OrdinalIgnoreCase);

    private static Dictionary<string, string> Merge(params IEnumerable<KeyValuePair<string, string>>[] layers)
    {
        var merged = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in layers.SelectMany(layer => layer))
            merged[Aliases.GetValueOrDefault(key, key)] = value;
        return merged;
    }
}
