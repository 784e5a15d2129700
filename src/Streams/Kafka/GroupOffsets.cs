using Confluent.Kafka;

namespace StreamNer.Streams.Kafka;

/// <summary>Reads and writes what a consumer group has committed, without being a member of it. One caller at a time.</summary>
internal sealed class GroupOffsets : IDisposable
{
    private readonly IAdminClient _client;

    public GroupOffsets(KafkaOptions options) =>
        _client = new AdminClientBuilder(ClientSettings.Admin(options)).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();

    /// <summary>Asks what a group has committed of a topic.</summary>
    /// <returns>The committed offset of each partition that has one.</returns>
    /// <exception cref="BrokerRefusedException">The broker refused to say.</exception>
    public async Task<IReadOnlyDictionary<int, long>> ReadAsync(string group, string topic, int partitions)
    {
        var asked = Enumerable.Range(0, partitions).Select(partition => new TopicPartition(topic, partition)).ToList();
        var groups = await AskAsync($"to tell the offsets of group {group}", () =>
            _client.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(group, asked)])).ConfigureAwait(false);
        return groups.Single().Partitions
            .Where(partition => !partition.Error.IsError && !partition.Offset.IsSpecial)
            .ToDictionary(partition => partition.Partition.Value, partition => partition.Offset.Value);
    }

    /// <summary>Commits for a group that has no members.</summary>
    /// <exception cref="BrokerRefusedException">The broker refused it.</exception>
    public async Task WriteAsync(string group, string topic, IReadOnlyDictionary<int, long> offsets) =>
        await AskAsync($"to note offsets for group {group}", () => _client.AlterConsumerGroupOffsetsAsync(
            [new ConsumerGroupTopicPartitionOffsets(
                group, [.. offsets.Select(offset => new TopicPartitionOffset(topic, offset.Key, offset.Value))])])).ConfigureAwait(false);

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static async Task<T> AskAsync<T>(string what, Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (KafkaException refused)
        {
            throw new BrokerRefusedException(what, refused.Error.Reason, refused);
        }
    }
}
