using StreamNer.Inference.Models.Onnx.Graph;
using StreamNer.Inference.Models.Onnx.Rewriting;
using StreamNer.TestSupport.Inference;
using DataType = StreamNer.Inference.Models.Onnx.Graph.TensorProto.Types.DataType;

namespace StreamNer.Inference.Tests.Models.Onnx;

public class HalfPrecisionTests
{
    private const int Width = 32;
    private const int Labels = 3;

    [Fact]
    public void A_graph_in_float16_gives_float32_logits_near_those_of_before()
    {
        var graph = Attention(float.MinValue);

        var (before, after) = Compare(graph, [1, 1, 1, 1]);

        Assert.True(before.Zip(after, (a, b) => MathF.Abs(a - b)).Max() < 0.02f * before.Max(MathF.Abs));
        Assert.Equal((int)DataType.Float, Assert.Single(graph.Graph.Output).Type.TensorType.ElemType);
        Assert.All(graph.Graph.Input, input => Assert.Equal((int)DataType.Int64, input.Type.TensorType.ElemType));
        Assert.Contains(graph.Graph.Initializer, initializer =>
            initializer.Name == "table_half" && initializer.DataType == (int)DataType.Float16);
        Assert.DoesNotContain(graph.Graph.Initializer, initializer => initializer.Name == "table");
    }

    [Theory]
    [InlineData(float.MinValue)]
    [InlineData(-1e9f)]
    [InlineData(-10000f)]
    public void Padding_stays_hidden_however_large_the_number_that_hides_it(float hiding)
    {
        var graph = Attention(hiding);

        var (before, after) = Compare(graph, [1, 1, 0, 0]);

        Assert.All(after, value => Assert.True(float.IsFinite(value)));
        Assert.True(before.Zip(after, (a, b) => MathF.Abs(a - b)).Max() < 0.02f * before.Max(MathF.Abs));
    }

    // A processor computes float16 as float32, where an infinity would not show.
    [Theory]
    [InlineData(float.MinValue)]
    [InlineData(-1e9f)]
    public void What_hides_padding_becomes_a_number_that_float16_has(float hiding)
    {
        var graph = Attention(hiding);

        HalfPrecision.Rewrite(graph.Graph);

        var hidden = graph.Graph.Initializer.Single(initializer => initializer.Name == "hiding");
        Assert.InRange(Assert.Single(Weights.Floats(hidden)), -65_504, -10_000);
    }

    [Fact]
    public void A_window_that_is_all_padding_gives_numbers()
    {
        var (_, after) = Compare(Attention(float.MinValue), [0, 0, 0, 0]);

        Assert.All(after, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Squares_that_float16_cannot_hold_are_computed_in_float32()
    {
        // 300 squared is more than 65,504; and a row of equal numbers has no variance but the epsilon, 0 in float16.
        var graph = new GraphBuilder().Input("ids", DataType.Int64, 1, 2);
        var table = new float[2 * Width];
        for (var i = 0; i < Width; i++)
            (table[i], table[Width + i]) = (i % 2 == 0 ? 300 : -300, 0.25f);
        var x = graph.Node("Gather", [graph.Floats("table", table, 2, Width), "ids"]);
        var scale = graph.Floats("scale", [.. Enumerable.Repeat(1f, Width)], Width);
        x = graph.Normalization(x, scale, graph.Floats("bias", Random(3, Width), Width));
        graph.Node("Identity", [x], "logits");
        graph.Output("logits", DataType.Float, 1, 2, Width);

        var before = GraphRun.Run(graph, ("ids", GraphRun.Whole([0, 1], 1, 2)));
        HalfPrecision.Rewrite(graph.Graph);
        var after = GraphRun.Run(graph, ("ids", GraphRun.Whole([0, 1], 1, 2)));

        Assert.True(before.Zip(after, (a, b) => MathF.Abs(a - b)).Max() < 0.01f);
        Assert.All(graph.Graph.Node.Where(node => node.OpType is "Pow" or "Sqrt" or "ReduceMean"), node =>
            Assert.DoesNotContain(node.Input, input => input.EndsWith("_half", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_is_reckoned_of_positions_stays_float32()
    {
        // 2,049 is no number of float16; its neighbours are.
        var graph = new GraphBuilder().Input("ids", DataType.Int64, 1, 1);
        var place = graph.Node("Cast", ["ids"], null, "", GraphBuilder.Attribute("to", (long)DataType.Float));
        var back = graph.Node("Cast", [graph.Node("Add", [place, graph.Floats("one", [1])])], null, "",
            GraphBuilder.Attribute("to", (long)DataType.Int64));
        graph.Node("Gather", [graph.Floats("table", [.. Enumerable.Range(0, 3000).Select(row => row % 7f)], 3000, 1), back], "logits");
        graph.Output("logits", DataType.Float, 1, 1, 1);
        HalfPrecision.Rewrite(graph.Graph);

        Assert.Equal([2049 % 7], GraphRun.Run(graph, ("ids", GraphRun.Whole([2048], 1, 1))));
    }

    [Fact]
    public void A_weight_beyond_the_range_of_float16_is_refused_by_name()
    {
        var graph = Attention(-10000);
        graph.Graph.Initializer.Remove(graph.Graph.Initializer.First(initializer => initializer.Name == "head"));
        var values = Random(9, Width * Labels);
        values[5] = 70_000;
        graph.Floats("head", values, Width, Labels);

        var refused = Assert.Throws<GraphRewriteException>(() => HalfPrecision.Rewrite(graph.Graph));
        Assert.Contains("the weights 'head' hold 70000, float16 ends at 65504", refused.Message);
    }

    [Fact]
    public void An_operator_that_is_not_known_is_refused_by_name()
    {
        var graph = new GraphBuilder().Input("ids", DataType.Int64, 1, 1);
        graph.Node("Secret", [graph.Node("Gather", [graph.Floats("table", Random(1, 4), 2, 2), "ids"])], "logits", "acme");

        var refused = Assert.Throws<GraphRewriteException>(() => HalfPrecision.Rewrite(graph.Graph));
        Assert.Contains("the operator 'acme.Secret' (logits) is not known here", refused.Message);
    }

    [Fact]
    public void Control_flow_is_refused()
    {
        var graph = new GraphBuilder().Input("ids", DataType.Int64, 1, 1);
        graph.Node("If", ["ids"], "logits", "", new AttributeProto { Name = "then_branch", G = new GraphProto() });

        var refused = Assert.Throws<GraphRewriteException>(() => HalfPrecision.Rewrite(graph.Graph));
        Assert.Contains("control flow ('If' logits)", refused.Message);
    }

    private static (float[] Before, float[] After) Compare(GraphBuilder graph, long[] mask)
    {
        var before = Run();
        HalfPrecision.Rewrite(graph.Graph);
        return (before, Run());

        float[] Run() => GraphRun.Run(
            graph, ("input_ids", GraphRun.Whole([3, 9, 4, 7], 1, 4)), ("attention_mask", GraphRun.Whole(mask, 1, 4)));
    }

    /// <summary>A layer as exporters write it: embeddings, a normalization, attention with a mask, a head.</summary>
    private static GraphBuilder Attention(float hiding)
    {
        var graph = new GraphBuilder().Input("input_ids", DataType.Int64, 1, 4).Input("attention_mask", DataType.Int64, 1, 4);
        var shown = graph.Node("Cast", [graph.Node("Unsqueeze", ["attention_mask", graph.Whole("axis", 1)])], null, "",
            GraphBuilder.Attribute("to", (long)DataType.Float));
        var hidden = graph.Node("Mul", [graph.Node("Sub", [graph.Floats("one", [1]), shown]), graph.Floats("hiding", [hiding])]);
        var x = graph.Node("Gather", [graph.Floats("table", Random(1, 20 * Width), 20, Width), "input_ids"]);
        x = graph.Normalization(x, graph.Floats("scale", Random(2, Width), Width), graph.Floats("bias", Random(3, Width), Width));
        var (q, k, v) = (Part("q", 4), Part("k", 5), Part("v", 6));
        var scores = graph.Node("MatMul", [q, graph.Node("Transpose", [k], null, "", GraphBuilder.Attribute("perm", 0L, 2L, 1L))]);
        var weights = graph.Node("Softmax", [graph.Node("Add", [scores, hidden])], null, "", GraphBuilder.Attribute("axis", -1L));
        x = graph.Node("Add", [x, graph.Node("MatMul", [weights, v])]);
        graph.Node("MatMul", [x, graph.Floats("head", Random(7, Width * Labels), Width, Labels)], "logits");
        return graph.Output("logits", DataType.Float, 1, 4, Labels);

        string Part(string name, int seed) =>
            graph.Node("MatMul", [x, graph.Floats(name, Random(seed, Width * Width), Width, Width)], name + "_product");
    }

    private static float[] Random(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }
}
