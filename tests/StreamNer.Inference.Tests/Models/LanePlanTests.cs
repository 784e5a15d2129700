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
    public void TensorRt_is_a_gpu_with_engines_in_half_precision_unless_it_is_told_otherwise()
    {
        var plan = LanePlan.Create(
            [
                new DeviceOptions { Kind = DeviceKind.TensorRt, Id = 1, Threads = 8, MemoryLimitBytes = 9, EngineCache = "engines" },
                new DeviceOptions { Kind = DeviceKind.TensorRt, HalfPrecision = false },
            ],
            8);

        Assert.Equal(
            [
                new LaneSpec(0, DeviceKind.TensorRt, 1, Threads: 1, MemoryLimitBytes: 9) { HalfPrecision = true, EngineCache = "engines" },
                new LaneSpec(1, DeviceKind.TensorRt, 0, Threads: 1, MemoryLimitBytes: 0),
            ],
            plan);
        Assert.Equal(["tensorrt:1", "tensorrt:0"], plan.Select(lane => lane.Device));
    }

    [Theory]
    [InlineData(DeviceKind.Cpu, false)]
    [InlineData(DeviceKind.Cuda, true)]
    [InlineData(DeviceKind.TensorRt, true)]
    public void Lanes_know_whether_they_are_on_a_gpu(DeviceKind kind, bool isGpu) =>
        Assert.Equal(isGpu, LanePlan.Create([new DeviceOptions { Kind = kind }], 1)[0].IsGpu);

    [Fact]
    public void A_folder_for_engines_is_refused_where_there_are_none() =>
        Assert.Equal(["StreamNer:Devices:1:EngineCache is '/engines', but only TensorRt has engines; StreamNer:Devices:1:Kind is Cuda"],
            LanePlan.Problems(
                [
                    new DeviceOptions { Kind = DeviceKind.TensorRt, EngineCache = "/engines" },
                    new DeviceOptions { Kind = DeviceKind.Cuda, EngineCache = "/engines" },
                ]));

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
