using StreamNer.Inference.Models;

namespace StreamNer.Inference.Tests.Models;

public class LanePlanTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 2, 1)]
    [InlineData(8, 4, 2)]
    [InlineData(64, 4, 16)]
    public void Without_a_setting_lanes_times_threads_is_the_number_of_cores(int cores, int lanes, int threads)
    {
        var plan = LanePlan.Create([], cores);
        Assert.Equal(lanes, plan.Count);
        Assert.All(plan, lane => Assert.Equal(threads, lane.Threads));
    }

    [Fact]
    public void Lanes_are_numbered_over_all_devices()
    {
        var plan = LanePlan.Create(
            [new DeviceOptions { Kind = DeviceKind.Cuda, Id = 1, Lanes = 2 }, new DeviceOptions { Kind = DeviceKind.Cuda }], 8);
        Assert.Equal(["0 cuda:1", "1 cuda:1", "2 cuda:0"], plan.Select(lane => $"{lane.Lane} {lane.Device}"));
    }

    [Fact]
    public void Given_threads_decide_how_many_lanes_there_is_room_for() =>
        Assert.Equal(2, LanePlan.Create([new DeviceOptions { Threads = 4 }], 8).Count);

    [Fact]
    public void Every_wrong_value_is_named_with_its_limit() =>
        Assert.Equal(4, LanePlan.Problems([new DeviceOptions { Id = 1, Lanes = 65, Threads = -1, MemoryLimitBytes = -5 }]).Count());

    [Theory]
    [InlineData(8, 3, "3 3 2")]
    [InlineData(2, 2, "1 1")]
    [InlineData(2, 3, "1 1 1")]
    [InlineData(4, 1, "4")]
    public void Models_share_the_cores_in_equal_parts_and_each_has_one(int cores, int models, string shares) =>
        Assert.Equal(shares, string.Join(' ', LanePlan.Share(cores, models)));
}
