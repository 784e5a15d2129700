using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Wire;

public sealed class AssignedPartitionTests
{
    private readonly AssignedPartition _partition = new("news", 3);

    [Fact]
    public void What_finishes_after_the_assignment_is_over_is_ignored()
    {
        _partition.Begin(new OffsetRange(0, 4));
        _partition.Release();

        Assert.False(_partition.Finish(new OffsetRange(0, 4)));
        Assert.Null(_partition.Committable);
        Assert.False(_partition.IsBusy);
    }

    [Fact]
    public void It_is_busy_until_everything_is_finished()
    {
        _partition.Begin(new OffsetRange(0, 4));
        Assert.True(_partition.IsBusy);

        Assert.True(_partition.Finish(new OffsetRange(0, 4)));
        Assert.False(_partition.IsBusy);
        Assert.Equal(5, _partition.Committable);
    }

    [Fact]
    public void It_is_not_busy_with_what_was_taken_back()
    {
        _partition.Begin(new OffsetRange(0, 4));
        _partition.Abandon(new OffsetRange(0, 4));

        Assert.False(_partition.IsBusy);
        Assert.Null(_partition.Committable);
    }
}
