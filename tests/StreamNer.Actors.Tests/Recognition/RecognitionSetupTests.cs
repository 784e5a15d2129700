using StreamNer.Actors.Recognition;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Decoding;
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

    [Fact]
    public void Windows_without_room_for_text_are_refused_by_number()
    {
        var setup = TestSetup.Of();
        Assert.Empty(setup.Problems());
        Assert.StartsWith(
            "StreamNer:Windows:MaxPieces leaves windows of 2 pieces, and the tokenizer puts 2 special ones into each",
            Assert.Single((setup with { LongestWindow = setup.Special.Count }).Problems()), StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_larger_than_a_batch_or_than_a_message_between_nodes_are_refused()
    {
        var setup = TestSetup.Of(modelPieces: 32_768) with
        {
            Batching = new BatchingOptions { MaxPaddedTokens = 1_024 },
            Labels = LabelScheme.Recognise([.. Enumerable.Range(0, 200).Select(label => $"L{label}")]),
            Pool = new PoolSetup(Streams: true, Infers: false),
        };

        Assert.Equal(2, setup.Problems().Length);
    }
}
