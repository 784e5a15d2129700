using StreamNer.Actors.Recognition;
using StreamNer.Inference.Decoding;
using StreamNer.TestSupport.Actors;

namespace StreamNer.Actors.Tests.Recognition;

public class PoolSetupTests
{
    [Fact]
    public void Windows_whose_scores_no_message_holds_are_refused_in_a_cluster_with_value_and_limit()
    {
        var alone = TestSetup.Of(modelPieces: 32_768) with
        {
            Labels = LabelScheme.Recognise([.. Enumerable.Range(0, 200).Select(label => $"L{label}")]),
        };
        Assert.Empty(PoolSetup.Problems(alone));

        var node = alone with { Pool = new PoolSetup(Streams: true, Infers: false) };
        Assert.Equal(
            "the scores of 200 labels for a window of 32768 pieces take 26542080 bytes, a message between nodes holds 16777216: "
            + "lower StreamNer:Windows:MaxPieces to 20712", Assert.Single(PoolSetup.Problems(node)));
        Assert.Empty(PoolSetup.Problems(node with { LongestWindow = 20_712 }));
    }
}
