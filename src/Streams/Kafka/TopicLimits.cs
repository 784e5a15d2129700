using System.Collections.Concurrent;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace StreamNer.Streams.Kafka;

/// <summary>Asks the cluster for the limits of topics, once each: for messages, so an unknown one is no failure. Any thread.</summary>
internal sealed class TopicLimits(Handle client) : IDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2);

    private readonly IAdminClient _admin = new DependentAdminClientBuilder(client).Build();
    private readonly ConcurrentDictionary<string, string?> _known = new(StringComparer.Ordinal);

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

    /// <inheritdoc/>
    public void Dispose() => _admin.Dispose();
}
