using System.Collections.Concurrent;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace StreamNer.Streams.Kafka;

/// <summary>Asks the cluster for the limits of topics, once each: for messages, so an unknown one is no failure. Any thread.</summary>
internal sealed class TopicLimits(Handle client) : IDisposable
{
    private static readonly string[] Compression = ["compression.type", "compression.codec"];
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2);

    private readonly IAdminClient _admin = new DependentAdminClientBuilder(client).Build();
    private readonly ConcurrentDictionary<string, string?> _known = new(StringComparer.Ordinal);

    /// <summary>Says that a record is larger than the broker takes, and what to do.</summary>
    public static string TooLarge(string topic, int bytes, string limit) =>
        $"the record for {topic} has {bytes} bytes, the broker takes {limit}: raise max.message.bytes of the topic, or "
            + "message.max.bytes of the broker, or send less";

    /// <summary>A topic's <c>max.message.bytes</c>; null when the cluster did not say.</summary>
    public async Task<string?> ReadMaxMessageBytesAsync(string topic)
    {
        if (_known.TryGetValue(topic, out var known))
            return known;

        string? limit = null;
        try
        {
            var answers = await _admin.DescribeConfigsAsync(
                [new ConfigResource { Type = ResourceType.Topic, Name = topic }],
                new DescribeConfigsOptions { RequestTimeout = AnswerTime }).ConfigureAwait(false);
            limit = answers.Single().Entries.TryGetValue("max.message.bytes", out var entry) ? entry.Value : null;
        }
        catch (KafkaException)
        {
            // Not allowed to ask, or no answer: the message does without.
        }

        _known[topic] = limit;
        return limit;
    }

    /// <summary>
    /// What the brokers take of the topics that are written to, in bytes of a whole batch; without those that do not tell. Blocks while it
    /// asks. Empty when a compressing client sends something else than what could be measured here.
    /// </summary>
    /// <param name="options">The topics and the cluster.</param>
    /// <param name="producer">The producer's settings.</param>
    public static IReadOnlyDictionary<string, int> ReadMaxMessageBytes(KafkaOptions options, IReadOnlyDictionary<string, string> producer)
    {
        if (Array.Exists(Compression, key => producer.TryGetValue(key, out var codec) && codec != "none"))
            return new Dictionary<string, int>();

        using var client = new AdminClientBuilder(ClientSettings.Admin(options)).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { })
            .Build();
        using var limits = new TopicLimits(client.Handle);
        string[] topics =
            [.. new TopicSelection(options).Names.Select(options.DeadLetterTopicOf).Append(options.OutputTopic).Distinct()];
        var asked = Array.ConvertAll(topics, limits.ReadMaxMessageBytesAsync);
        Task.WhenAll(asked).GetAwaiter().GetResult();
        return topics.Zip(asked)
            .Where(topic => int.TryParse(topic.Second.Result, CultureInfo.InvariantCulture, out _))
            .ToDictionary(
                topic => topic.First, topic => int.Parse(topic.Second.Result!, CultureInfo.InvariantCulture), StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose() => _admin.Dispose();
}
