using CsCheck;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Wire;

public sealed class PartitionWatermarkTests
{
    // Ranges of random length with random gaps between them, and a random order in which they finish.
    private static readonly Gen<(OffsetRange[] Ranges, OffsetRange[] Finishing)> Runs =
        Gen.Select(Gen.Int[0, 3], Gen.Int[1, 5]).Array[1, 20].SelectMany(steps =>
        {
            var ranges = new OffsetRange[steps.Length];
            var next = 7L;
            for (var i = 0; i < steps.Length; i++)
            {
                var (gap, length) = steps[i];
                ranges[i] = new OffsetRange(next + gap, next + gap + length - 1);
                next = ranges[i].Last + 1;
            }

            return Gen.Shuffle(ranges).Select(finishing => (ranges, finishing));
        });

    [Fact]
    public void Nothing_is_committable_before_something_finished()
    {
        var watermark = new PartitionWatermark();
        watermark.Begin(new OffsetRange(0, 4));

        Assert.Null(watermark.Committable);
        Assert.Equal(1, watermark.Unfinished);
    }

    [Fact]
    public void The_offset_to_commit_is_the_one_behind_the_last_finished() => Assert.Equal(5, After(finish: [new(0, 4)]).Committable);

    [Fact]
    public void A_later_range_waits_for_an_earlier_one()
    {
        var watermark = After(finish: [new(5, 9)]);

        Assert.Null(watermark.Committable);
        watermark.Finish(new OffsetRange(0, 4));
        Assert.Equal(10, watermark.Committable);
    }

    [Fact]
    public void Nothing_behind_an_abandoned_range_is_committed()
    {
        var watermark = new PartitionWatermark();
        watermark.Begin(new OffsetRange(0, 4));
        watermark.Begin(new OffsetRange(5, 9));
        watermark.Begin(new OffsetRange(10, 14));
        watermark.Abandon(new OffsetRange(5, 9));
        watermark.Finish(new OffsetRange(10, 14));
        watermark.Finish(new OffsetRange(0, 4));

        Assert.Equal(5, watermark.Committable);
        Assert.Equal(0, watermark.Unfinished);
    }

    [Fact]
    public void A_range_that_does_not_follow_is_refused()
    {
        var watermark = After(finish: []);

        Assert.Throws<InvalidOperationException>(() => watermark.Begin(new OffsetRange(9, 12)));
    }

    [Fact]
    public void A_range_is_finished_only_once()
    {
        var watermark = After(finish: [new(0, 4)]);

        Assert.Throws<InvalidOperationException>(() => watermark.Finish(new OffsetRange(0, 4)));
    }

    [Fact]
    public void It_never_passes_an_unfinished_offset_and_always_reaches_the_end() => Runs.Sample(run =>
    {
        var watermark = new PartitionWatermark();
        foreach (var range in run.Ranges)
            watermark.Begin(range);

        var open = run.Ranges.ToHashSet();
        foreach (var range in run.Finishing)
        {
            watermark.Finish(range);
            open.Remove(range);
            var committable = watermark.Committable ?? 0;
            Assert.All(open, unfinished => Assert.True(committable <= unfinished.First));
        }

        Assert.Equal(run.Ranges[^1].Last + 1, watermark.Committable);
        Assert.Equal(0, watermark.Unfinished);
    });

    private static PartitionWatermark After(OffsetRange[] finish)
    {
        var watermark = new PartitionWatermark();
        watermark.Begin(new OffsetRange(0, 4));
        watermark.Begin(new OffsetRange(5, 9));
        foreach (var range in finish)
            watermark.Finish(range);
        return watermark;
    }
}
