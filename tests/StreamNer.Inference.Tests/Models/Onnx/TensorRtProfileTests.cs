using System.Text.RegularExpressions;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Onnx;

namespace StreamNer.Inference.Tests.Models.Onnx;

public class TensorRtProfileTests
{
    private static readonly GraphSignature Graph = new(
        [new GraphInput("input_ids", InputRole.Ids, Is32Bit: false), new GraphInput("attention_mask", InputRole.Mask, Is32Bit: false)],
        "logits", HalfPrecision: false, Labels: 9);

    [Fact]
    public void Every_input_has_a_range_from_one_piece_to_the_most_windows_of_the_longest_length() =>
        Assert.Equal(
            new TensorRtProfile(
                "input_ids:1x1,attention_mask:1x1",
                "input_ids:128x128,attention_mask:128x128",
                "input_ids:256x512,attention_mask:256x512"),
            TensorRtProfile.For(Graph, Shapes(gpu: true, longestWindow: 512)));

    [Fact]
    public void It_is_fastest_for_full_batches_of_the_longest_window_where_that_is_short() =>
        Assert.Equal("input_ids:32x32,attention_mask:32x32", TensorRtProfile.For(Graph, Shapes(gpu: false, longestWindow: 32))!.Opt);

    [Fact]
    public void A_budget_of_few_pieces_bounds_the_windows() =>
        Assert.Equal("input_ids:8x8,attention_mask:8x8",
            TensorRtProfile.For(Graph, new BatchShapes(new PaddedTokenBudget(8, 256), 8))!.Max);

    [Fact]
    public void What_a_graph_fixes_stays_as_it_is()
    {
        var profile = TensorRtProfile.For(Graph with { FixedWindows = 4 }, Shapes(gpu: true, longestWindow: 512))!;
        Assert.Equal("input_ids:4x1,attention_mask:4x1", profile.Min);
        Assert.Equal("input_ids:4x512,attention_mask:4x512", profile.Max);

        Assert.Equal("input_ids:256x64,attention_mask:256x64",
            TensorRtProfile.For(Graph with { FixedWidth = 64 }, Shapes(gpu: true, longestWindow: 512))!.Max);
    }

    [Fact]
    public void A_graph_that_leaves_nothing_open_needs_none() =>
        Assert.Null(TensorRtProfile.For(Graph with { FixedWindows = 4, FixedWidth = 64 }, Shapes(gpu: true, longestWindow: 512)));

    [Theory]
    [InlineData("serving_default_input_ids:0")]
    [InlineData("ids,mask")]
    public void A_name_that_would_be_read_otherwise_is_not_written(string name) =>
        Assert.Null(TensorRtProfile.For(
            Graph with { Inputs = [new GraphInput(name, InputRole.Ids, Is32Bit: false)] }, Shapes(gpu: true, longestWindow: 512)));

    [Theory]
    [InlineData(0, 256, 512)]
    [InlineData(0, 256, 32_768)]
    [InlineData(100_000, 1_000, 512)]
    [InlineData(600, 3, 512)]
    [InlineData(16, 256, 16)]
    public void No_batch_that_the_budget_allows_lies_outside(int maxPaddedTokens, int maxWindows, int longestWindow)
    {
        var budget = new BatchingOptions { MaxPaddedTokens = maxPaddedTokens, MaxWindows = maxWindows }.Budget(gpu: true, longestWindow);
        var profile = TensorRtProfile.For(Graph, new BatchShapes(budget, longestWindow))!;
        var (min, opt, max) = (Read(profile.Min), Read(profile.Opt), Read(profile.Max));

        for (var width = 1; width <= longestWindow; width++)
        {
            var most = Enumerable.Range(1, maxWindows + 1).Last(windows => budget.Allows(windows, width, (long)windows * width));
            Assert.InRange(most, min.Windows, max.Windows);
            Assert.InRange(width, min.Width, max.Width);
        }

        Assert.InRange(opt.Windows, min.Windows, max.Windows);
        Assert.InRange(opt.Width, min.Width, max.Width);
        Assert.True(budget.Allows(opt.Windows, opt.Width, (long)opt.Windows * opt.Width));
    }

    private static BatchShapes Shapes(bool gpu, int longestWindow) => new(new BatchingOptions().Budget(gpu, longestWindow), longestWindow);

    private static (int Windows, int Width) Read(string shapes)
    {
        var shape = Regex.Match(shapes, "^input_ids:([0-9]+)x([0-9]+),attention_mask:\\1x\\2$");
        return (int.Parse(shape.Groups[1].ValueSpan), int.Parse(shape.Groups[2].ValueSpan));
    }
}
