using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using StreamNer.Streams.Kafka;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>What the real client does with a partition that was paused when it left.</summary>
public sealed class PausedPartitionTests
{
    private const short Heartbeat = 12;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void A_partition_that_was_paused_when_it_was_lost_is_read_when_it_comes_again()
    {
        ConsumedRecord? record = null;
        using var own = BrokerForTests.OfItsOwn();
        var faults = Mock.Of(own);
        var topics = own.NewTopics();
        var options = new KafkaOptions
        {
            BootstrapServers = own.BootstrapServers,
            InputTopics = [topics.Input],
            GroupId = topics.Group,
            Consumer = new Dictionary<string, string> { ["heartbeat.interval.ms"] = "100" },
        };
        using var client = new KafkaConsumer(options, new MemberIdentity(options, _ => null, TimeProvider.System), NullLogger.Instance);
        var group = new Group(client);
        client.Subscribe(group);
        Until(() => group.Assigned == 1);
        client.PauseAssigned();

        // The coordinator does not know the member any more: it comes back as another one.
        faults.FailNext(Heartbeat, ErrorCode.UnknownMemberId);
        Until(() => group.Left == 1 && group.Assigned == 2);
        using var writer = new TopicWriter(own.BootstrapServers, topics.Input);
        writer.Write("k", "Ann lives in Rome");
        writer.Flush();

        Until(() => record is not null);

        Assert.Equal("k"u8.ToArray(), record!.Value.Key);

        void Until(Func<bool> reached)
        {
            for (var since = Stopwatch.StartNew(); !reached();)
            {
                Stop.ThrowIfCancellationRequested();
                Assert.True(since.Elapsed < TimeSpan.FromMinutes(2), "it comes");
                record = client.Poll(TimeSpan.FromMilliseconds(50)) ?? record;
            }
        }
    }

    /// <summary>Does with partitions that leave what the consumer's loop does.</summary>
    private sealed class Group(KafkaConsumer client) : IRebalanceHandler
    {
        public int Assigned { get; private set; }

        public int Left { get; private set; }

        public void OnAssigned(IReadOnlyList<PartitionId> partitions) => Assigned++;

        public void OnRevoked(IReadOnlyList<PartitionId> partitions) => Leave(partitions);

        public void OnLost(IReadOnlyList<PartitionId> partitions) => Leave(partitions);

        private void Leave(IReadOnlyList<PartitionId> partitions)
        {
            Left++;
            client.Resume(partitions);
        }
    }
}
