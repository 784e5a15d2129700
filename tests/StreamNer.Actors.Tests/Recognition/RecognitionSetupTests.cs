using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;
using StreamNer.TestSupport.Actors;

namespace StreamNer.Actors.Tests.Recognition;

public class RecognitionSetupTests
{
    [Theory]
    [InlineData(DeviceKind.Cpu, 1_024)]
    [InlineData(DeviceKind.Cuda, 16_384)]
    [InlineData(DeviceKind.TensorRt, 16_384)]
    public void Batches_of_gpus_are_larger(DeviceKind kind, int maxPaddedTokens)
    {
        var setup = TestSetup.Of() with
        {
            Lanes = LanePlan.Create([new DeviceOptions { Kind = kind }], cores: 1),
            Batching = new BatchingOptions(),
        };

        Assert.Equal(maxPaddedTokens, setup.Budget.MaxPaddedTokens);
    }
}
