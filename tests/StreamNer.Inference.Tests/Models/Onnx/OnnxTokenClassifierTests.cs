using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Models.Onnx;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Models.Onnx;

public sealed class OnnxTokenClassifierTests
{
    [Fact]
    public void A_batch_with_more_logits_than_a_buffer_holds_is_tried_in_smaller_parts()
    {
        using var model = new TableModel(["O", "B-LOC"], ("London", "B-LOC"));
        var manyLabels = ModelFolder.Open(model.Folder).Model with { Labels = 65_536 };
        using var classifier = new OnnxTokenClassifierFactory(manyLabels)
            .Create(LanePlan.Create([new DeviceOptions { Lanes = 1, Threads = 1 }], cores: 1)[0]);
        var window = Cut.Window(512);
        var refused = Assert.Throws<InferenceException>(() =>
        {
            classifier.Run(new TokenBatch([.. Enumerable.Repeat(window, 100)]));
        });
        Assert.True(refused.IsTransient);
        Assert.Equal("a run of 100 x 512 tokens has 3355443200 logits, the limit is 2147483591", refused.Message);
    }

    [Fact]
    public void A_graph_whose_fixed_batch_has_more_logits_than_a_buffer_holds_is_refused()
    {
        using var model = new TableModel(["O", "B-LOC"], ("London", "B-LOC"));
        var opened = ModelFolder.Open(model.Folder).Model;
        var fixedBatch = opened with { Labels = 65_536, Graph = opened.Graph with { FixedWindows = 4_096 } };
        using var classifier = new OnnxTokenClassifierFactory(fixedBatch)
            .Create(LanePlan.Create([new DeviceOptions { Lanes = 1, Threads = 1 }], cores: 1)[0]);
        var refused = Assert.Throws<InferenceException>(() =>
        {
            classifier.Run(new TokenBatch([Cut.Window(512)]));
        });
        Assert.Equal("a run of 4096 x 512 tokens has 137438953472 logits, the limit is 2147483591", refused.Message);
    }
}
