using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Wire;

public sealed class RecordBatchTests
{
    private readonly AssignedPartition _one = new("news", 1);
    private readonly AssignedPartition _two = new("news", 2);

    [Fact]
    public void Headers_without_a_byte_weigh_as_well() =>
        Assert.Equal(3 + 1 + (1000 * 64), Records.Of("a", [.. Enumerable.Repeat(("", (string?)null), 1000)]).Bytes);

    [Fact]
    public void A_batch_knows_the_runs_of_its_partitions_in_poll_order()
    {
        var builder = new RecordBatch.Builder(10, long.MaxValue);
        foreach (var (partition, offset) in new[] { (_one, 5L), (_one, 7L), (_two, 1L), (_one, 8L) })
            builder.Add(Records.Of(partition, offset, []));

        PartitionRun[] expected = [new(_one, new(5, 7), 2), new(_two, new(1, 1), 1), new(_one, new(8, 8), 1)];
        Assert.Equal(expected, builder.Build().Runs);
    }

    [Fact]
    public void A_builder_is_full_at_its_records_and_still_takes_one_more()
    {
        var builder = new RecordBatch.Builder(2, long.MaxValue);
        builder.Add(Records.Of(_one, 0, []));
        Assert.False(builder.IsFull);
        builder.Add(Records.Of(_one, 1, []));
        Assert.True(builder.IsFull);
        builder.Add(Records.Of(_one, 2, []));

        Assert.Equal(3, builder.Build().Count);
    }

    [Fact]
    public void A_builder_is_full_at_its_bytes()
    {
        var builder = new RecordBatch.Builder(100, 1000);
        builder.Add(Records.Of(_one, 0, new byte[1000]));

        Assert.True(builder.IsFull);
    }

    [Fact]
    public void A_built_batch_is_not_touched_by_the_next_one()
    {
        var builder = new RecordBatch.Builder(2, long.MaxValue);
        builder.Add(Records.Of(_one, 0, []));
        var first = builder.Build();
        builder.Add(Records.Of(_two, 9, []));
        var second = builder.Build();

        Assert.Equal(0, first.Records[0].Offset);
        Assert.Equal(9, second.Records[0].Offset);
        Assert.Single(second.Runs);
    }
}
