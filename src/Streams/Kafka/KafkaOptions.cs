using System.Globalization;
namespace StreamNer.Streams.Kafka;

/// <summary>Which Kafka, which topics, and what librdkafka is told besides.</summary>
public sealed record KafkaOptions
{
    /// <summary>Where these settings stand in the configuration.</summary>
    public const string Section = "StreamNer:Kafka";

    /// <summary>Longest name of a topic, by Kafka's rule.</summary>
    public const int MaxTopicLength = 249;

    /// <summary>What stands in <see cref="DeadLetterTopic"/> for the input topic's name.</summary>
    public const string TopicPlaceholder = "{topic}";

    /// <summary>A Kafka cluster or the embedded broker. Default <c>External</c>.</summary>
    public BrokerKind Broker { get; init; } = BrokerKind.External;

    /// <summary>Addresses to find the cluster by, <c>host:port</c> with commas between. Default none: it must be set.</summary>
    public string BootstrapServers { get; init; } = "";

    /// <summary>The consumer group. Instances that share it share the partitions. Default <c>streamner</c>.</summary>
    public string GroupId { get; init; } = "streamner";

    /// <summary>
    /// Name of this instance in its group (<c>group.instance.id</c>): after a kill the same name gets its partitions back at once, while
    /// without one the group waits for the dead member's session to end. Its price: partitions of an instance that is stopped for good
    /// are idle for the session timeout. Each running instance needs a name of its own. Default none set: the pod's name in a
    /// StatefulSet, else none. Empty for none.
    /// </summary>
    public string? InstanceId { get; init; }

    /// <summary>
    /// Topics to read. Default none: at least one must be set. What begins with <c>^</c> is a regular expression: every topic that it
    /// matches is read, also one that is made later, except the output topic, dead-letter topics and those that begin with <c>__</c>.
    /// </summary>
    public IReadOnlyList<string> InputTopics { get; init; } = [];

    /// <summary>Topic for the entity events. Default <c>entities</c>. Must be none of the input topics.</summary>
    public string OutputTopic { get; init; } = "entities";

    /// <summary>Topic for records that cannot be labelled; <c>{topic}</c> stands for the input topic. Default <c>{topic}.dlq</c>.</summary>
    public string DeadLetterTopic { get; init; } = TopicPlaceholder + ".dlq";

    /// <summary>
    /// What a reader of the output may count on: <c>AtLeastOnce</c>, or <c>ExactlyOnce</c> for one that reads committed records only.
    /// Default <c>AtLeastOnce</c>.
    /// </summary>
    public DeliveryGuarantee Delivery { get; init; } = DeliveryGuarantee.AtLeastOnce;

    /// <summary>Transactions, with <see cref="Delivery"/> exactly once.</summary>
    public TransactionOptions Transaction { get; init; } = new();

    /// <summary>
    /// How long the first connection may take before the process gives up. Default 60 s. Once it has been connected, an outage is
    /// waited out, however long.
    /// </summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>librdkafka settings for every client, by their own names: <c>security.protocol</c>, <c>sasl.mechanism</c>, ...</summary>
    public IReadOnlyDictionary<string, string> Client { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// librdkafka settings for the consumer; they win over <see cref="Client"/>: <c>group.protocol</c>, <c>session.timeout.ms</c>, ...
    /// </summary>
    public IReadOnlyDictionary<string, string> Consumer { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// librdkafka settings for the producer; they win over <see cref="Client"/>: <c>compression.type</c>, <c>linger.ms</c>, ...
    /// </summary>
    public IReadOnlyDictionary<string, string> Producer { get; init; } = new Dictionary<string, string>();

    /// <summary>The dead-letter topic of an input topic.</summary>
    public string DeadLetterTopicOf(string inputTopic) => DeadLetterTopic.Replace(TopicPlaceholder, inputTopic, StringComparison.Ordinal);

    /// <summary>Says everything that is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        List<string> problems = [];
        if (string.IsNullOrWhiteSpace(BootstrapServers))
            problems.Add($"{Section}:BootstrapServers is empty, it must name a broker, such as localhost:9092");
        foreach (var broker in BootstrapServers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!IsBroker(broker))
            {
                problems.Add($"{Section}:BootstrapServers has '{broker}', it must be a host and a port from 1 to {ushort.MaxValue}, as in "
                    + "localhost:9092");
            }
        }

        if (string.IsNullOrWhiteSpace(GroupId))
            problems.Add($"{Section}:GroupId is empty, it must name the consumer group");
        if (ConnectTimeout <= TimeSpan.Zero)
            problems.Add($"{Section}:ConnectTimeout is {ConnectTimeout}, it must be more than zero");

        if (InstanceId is { Length: > 0 } instanceId && !IsTopicName(instanceId))
        {
            problems.Add($"{Section}:InstanceId is '{instanceId}', it must have 1 to {MaxTopicLength} letters, digits, dots, "
                + "underscores and hyphens of ASCII, or be empty for none");
        }

        if (Delivery == DeliveryGuarantee.ExactlyOnce && Broker == BrokerKind.Embedded)
        {
            problems.Add($"{Section}:Delivery is {Delivery}, but the embedded broker keeps no transactions: use a Kafka cluster, or "
                + $"{DeliveryGuarantee.AtLeastOnce}");
        }

        problems.AddRange(Transaction.Problems());
        AddTopicProblems(problems);
        if (problems.Count == 0)
            problems.AddRange(ClientSettings.Problems(this));
        return problems;
    }

    private void AddTopicProblems(List<string> problems)
    {
        if (InputTopics.Count == 0)
            problems.Add($"{Section}:InputTopics is empty, it must name at least one topic");

        var selection = new TopicSelection(this);
        foreach (var pattern in selection.Patterns)
        {
            if (TopicSelection.PatternProblem(pattern) is { } wrong)
                problems.Add($"{Section}:InputTopics has the pattern '{pattern}', {wrong}");
        }

        if (!selection.Patterns.IsEmpty)
            AddPatternProblems(selection, problems);
        foreach (var topic in selection.Names)
        {
            if (!IsTopicName(topic))
            {
                problems.Add($"{Section}:InputTopics has '{topic}', {TopicRule}");
            }
            else if (!IsTopicName(DeadLetterTopicOf(topic)))
            {
                problems.Add($"{Section}:DeadLetterTopic gives '{DeadLetterTopicOf(topic)}' for '{topic}', {TopicRule}");
            }
            else if (InputTopics.Contains(DeadLetterTopicOf(topic)))
            {
                problems.Add($"{Section}:DeadLetterTopic gives '{DeadLetterTopicOf(topic)}', which is an input topic: "
                    + $"dead letters would be read again");
            }
            else if (!selection.Patterns.IsEmpty && selection.IsHidden(topic))
            {
                problems.Add($"{Section}:InputTopics has '{topic}', which is named as dead-letter topics are, or as Kafka's own: beside a "
                    + "pattern such topics are not read; name every topic, or change DeadLetterTopic");
            }
            else if (DeadLetterTopicOf(topic) == OutputTopic)
            {
                problems.Add($"{Section}:DeadLetterTopic gives '{OutputTopic}', which is the output topic: readers of "
                    + $"events would get dead letters");
            }
        }

        if (!IsTopicName(OutputTopic))
            problems.Add($"{Section}:OutputTopic is '{OutputTopic}', {TopicRule}");
        else if (InputTopics.Contains(OutputTopic))
            problems.Add($"{Section}:OutputTopic is '{OutputTopic}', which is an input topic: events would be read again");
    }

    private void AddPatternProblems(TopicSelection selection, List<string> problems)
    {
        if (DeadLetterTopic == TopicPlaceholder)
        {
            problems.Add($"{Section}:DeadLetterTopic is '{DeadLetterTopic}', which is the input topic: dead letters would be read again");
            return;
        }

        if (!IsTopicName(DeadLetterTopicOf("a")))
        {
            problems.Add($"{Section}:DeadLetterTopic gives '{DeadLetterTopicOf("a")}' for 'a', {TopicRule}");
        }
        else if (selection.IsDeadLetterTopic(OutputTopic))
        {
            problems.Add($"{Section}:DeadLetterTopic may give '{OutputTopic}', which is the output topic: readers of events would get dead "
                + "letters");
        }

        if (ClientSettings.UsesBrokerSideProtocol(this))
        {
            problems.Add($"{Section}:InputTopics has the pattern '{selection.Patterns[0]}', which needs group.protocol=classic: with "
                + "'consumer' the brokers match it, and would hand out dead-letter topics too; name every topic, or change the protocol");
        }
    }

    // What librdkafka reads, but for a port that it would take the lower 16 bits of. Without a port it is 9092.
    private static bool IsBroker(string entry)
    {
        var protocol = entry.IndexOf("://", StringComparison.Ordinal);
        var address = protocol < 0 ? entry : entry[(protocol + 3)..];
        var colon = address.LastIndexOf(':');
        if (colon < 0 || address.EndsWith(']'))
            return address.Length > 0;
        return colon > 0 && ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port > 0;
    }

    /// <summary>What a topic may be called, for messages.</summary>
    internal static string TopicRule => $"a topic's name has 1 to {MaxTopicLength} letters, digits, dots, underscores and hyphens of ASCII";

    /// <summary>Whether Kafka takes it for the name of a topic.</summary>
    internal static bool IsTopicName(string topic) =>
        topic.Length is > 0 and <= MaxTopicLength
        && topic is not ("." or "..")
        && topic.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}

/// <summary>What stands at the bootstrap address.</summary>
public enum BrokerKind
{
    /// <summary>An Apache Kafka cluster, or one that speaks its protocol.</summary>
    External,

    /// <summary>
    /// The broker inside this product, for trying out and tests: in memory, 5 MiB a partition, no transactions. Clients get
    /// settings that suit it.
    /// </summary>
    Embedded,
}
