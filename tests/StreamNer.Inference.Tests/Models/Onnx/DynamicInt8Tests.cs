using CsCheck;
using StreamNer.Inference.Models.Onnx.Rewriting;
using StreamNer.TestSupport.Inference;
using DataType = StreamNer.Inference.Models.Onnx.Graph.TensorProto.Types.DataType;

namespace StreamNer.Inference.Tests.Models.Onnx;

public class DynamicInt8Tests
{
    private const int Rows = 6;
    private const int Inner = 32;
    private const int Columns = 64;

    private static readonly Int8Limits Everything = new() { LeastColumns = 1, LeastTable = 1 };

    [Fact]
    public void A_product_with_a_constant_matrix_is_computed_in_8_bits_and_near_that_in_float32()
    {
        var graph = Start();
        graph.Node("MatMul", ["x", graph.Floats("w", Random(2, Inner * Columns), Inner, Columns)], "y");
        End(graph, "y");

        Compare(graph, 0.03f);

        Assert.Equal(["DynamicQuantizeLinear", "MatMulInteger", "Cast", "Mul", "Mul"], Types(graph));
        Assert.DoesNotContain(graph.Graph.Initializer, initializer => initializer.Name == "w");
    }

    [Fact]
    public void The_largest_numbers_of_all_are_added_without_saturating()
    {
        var graph = Start();
        graph.Node("MatMul", ["x", graph.Floats("w", [.. Enumerable.Repeat(1f, Inner * Columns)], Inner, Columns)], "y");
        End(graph, "y");
        DynamicInt8.Rewrite(graph.Graph, Everything);

        var y = Run(graph, [.. Enumerable.Repeat(1f, Rows * Inner)]);

        Assert.All(y, value => Assert.Equal(Inner, value, Inner * 0.001));
    }

    [Fact]
    public void A_value_that_several_weights_are_multiplied_with_is_quantized_once()
    {
        var graph = Start();
        var parts = Enumerable.Range(0, 3)
            .Select(part => graph.Node("MatMul", ["x", graph.Floats($"w{part}", Random(part, Inner * Columns), Inner, Columns)]))
            .ToArray();
        graph.Node("Sum", parts, "y");
        End(graph, "y");

        Compare(graph, 0.1f);

        Assert.Single(graph.Graph.Node, node => node.OpType == "DynamicQuantizeLinear");
        Assert.Equal(3, graph.Graph.Node.Count(node => node.OpType == "MatMulInteger"));
    }

    [Fact]
    public void A_weight_that_several_values_are_multiplied_with_is_stored_once()
    {
        var graph = Start();
        var weight = graph.Floats("w", Random(2, Inner * Inner), Inner, Inner);
        graph.Node("MatMul", [graph.Node("MatMul", ["x", weight]), weight], "y");
        End(graph, "y", Inner);

        Compare(graph, 0.3f);

        Assert.Single(graph.Graph.Initializer, initializer => initializer.DataType == (int)DataType.Int8);
    }

    [Theory]
    [InlineData(false, 1f, 1f)]
    [InlineData(true, 1f, 1f)]
    [InlineData(true, 0.5f, 2f)]
    public void Gemm_keeps_its_transposition_its_factors_and_its_bias(bool transB, float alpha, float beta)
    {
        var graph = Start();
        var weight = transB
            ? graph.Floats("w", Random(2, Inner * Columns), Columns, Inner)
            : graph.Floats("w", Random(2, Inner * Columns), Inner, Columns);
        graph.Node("Gemm", ["x", weight, graph.Floats("b", Random(3, Columns), Columns)], "y", "",
            GraphBuilder.Attribute("transB", transB ? 1L : 0L), GraphBuilder.Attribute("alpha", alpha),
            GraphBuilder.Attribute("beta", beta));
        End(graph, "y");

        Compare(graph, 0.03f);

        Assert.Contains("MatMulInteger", Types(graph));
        Assert.DoesNotContain("Gemm", Types(graph));
    }

    [Fact]
    public void A_Gemm_whose_first_factor_is_transposed_stays_as_it_is()
    {
        var graph = new GraphBuilder().Input("x", DataType.Float, Inner, Rows);
        graph.Node("Gemm", ["x", graph.Floats("w", Random(2, Inner * Columns), Inner, Columns)], "y", "",
            GraphBuilder.Attribute("transA", 1L));
        End(graph, "y");

        Assert.Equal(0, DynamicInt8.Rewrite(graph.Graph, Everything).Matrices);
    }

    [Theory]
    [InlineData("Identity")]
    [InlineData("Transpose")]
    [InlineData("Constant")]
    [InlineData("Identity of Transpose of Constant")]
    public void A_weight_is_found_behind(string what)
    {
        var graph = Start();
        var (isTransposed, values) = (what.Contains("Transpose", StringComparison.Ordinal), Random(2, Inner * Columns));
        long[] shape = isTransposed ? [Columns, Inner] : [Inner, Columns];
        var weight = what.Contains("Constant", StringComparison.Ordinal)
            ? graph.Node("Constant", [], null, "", GraphBuilder.Attribute("value", Weights.OfFloats("", values, shape)))
            : graph.Floats("w", values, shape);
        if (isTransposed)
            weight = graph.Node("Transpose", [weight], null, "", GraphBuilder.Attribute("perm", 1L, 0L));
        if (what.Contains("Identity", StringComparison.Ordinal))
            weight = graph.Node("Identity", [weight]);
        graph.Node("MatMul", ["x", weight], "y");
        End(graph, "y");

        Compare(graph, 0.03f);

        // What handed the float32 weight on is gone with it.
        Assert.Equal(["DynamicQuantizeLinear", "MatMulInteger", "Cast", "Mul", "Mul"], Types(graph));
    }

    [Fact]
    public void The_product_of_two_computed_values_stays_float32()
    {
        var graph = Start();
        graph.Node("MatMul", ["x", graph.Node("Transpose", ["x"], null, "", GraphBuilder.Attribute("perm", 1L, 0L))], "y");
        End(graph, "y", Rows);

        Assert.Equal(0, DynamicInt8.Rewrite(graph.Graph, Everything).Matrices);
        Assert.Equal(["Transpose", "MatMul"], Types(graph));
    }

    [Fact]
    public void What_depends_on_no_input_is_left_to_be_computed_once()
    {
        var graph = Start();
        var constant = graph.Node("MatMul",
            [graph.Floats("a", Random(4, Rows * Inner), Rows, Inner), graph.Floats("w", Random(2, Inner * Inner), Inner, Inner)]);
        graph.Node("Add", ["x", constant], "y");
        End(graph, "y", Inner);

        Assert.Equal(0, DynamicInt8.Rewrite(graph.Graph, Everything).Matrices);
    }

    [Fact]
    public void A_weight_that_something_else_reads_stays_for_that()
    {
        var graph = Start();
        var weight = graph.Floats("w", Random(2, Inner * Inner), Inner, Inner);
        graph.Node("Add", [graph.Node("MatMul", ["x", weight]), graph.Node("ReduceMean", [weight])], "y");
        End(graph, "y", Inner);

        Compare(graph, 0.05f);

        Assert.Contains(graph.Graph.Initializer, initializer => initializer.Name == "w");
    }

    [Fact]
    public void Narrow_matrices_and_small_tables_stay_as_they_are()
    {
        var graph = new GraphBuilder().Input("ids", DataType.Int64, -1);
        var looked = graph.Node("Gather", [graph.Floats("table", Random(5, 100 * Inner), 100, Inner), "ids"]);
        graph.Node("MatMul", [looked, graph.Floats("head", Random(2, Inner * 9), Inner, 9)], "y");
        End(graph, "y", 9);

        Assert.Equal(new RewriteSummary(0, 0, 0, (100 * Inner) + (Inner * 9)), DynamicInt8.Rewrite(graph.Graph, new Int8Limits()));
        Assert.Equal(["Gather", "MatMul"], Types(graph));
    }

    [Fact]
    public void A_table_is_kept_by_row_and_looked_up_as_before_from_behind_too()
    {
        var graph = new GraphBuilder().Input("ids", DataType.Int64, 2, 3);
        var values = Random(5, 100 * Inner);

        // Rows of very different sizes: one scale for all would leave nothing of the small ones.
        for (var i = 0; i < values.Length; i++)
            values[i] *= i / Inner % 2 == 0 ? 1 : 0.001f;
        graph.Node("Gather", [graph.Floats("table", values, 100, Inner), "ids"], "y");
        graph.Output("y", DataType.Float, -1, -1, Inner);
        long[] ids = [0, 1, 99, -1, -2, 50];
        var expected = GraphRun.Run(graph, ("ids", GraphRun.Whole(ids, 2, 3)));

        var summary = DynamicInt8.Rewrite(graph.Graph, Everything);
        var actual = GraphRun.Run(graph, ("ids", GraphRun.Whole(ids, 2, 3)));

        Assert.Equal((1, 100L * Inner), (summary.Tables, summary.Rewritten));
        Assert.DoesNotContain(graph.Graph.Initializer, initializer => initializer.Name == "table");
        foreach (var row in Enumerable.Range(0, ids.Length))
        {
            var (was, @is) = (expected.AsSpan(row * Inner, Inner).ToArray(), actual.AsSpan(row * Inner, Inner).ToArray());
            Assert.True(Distance(was, @is) <= was.Max(MathF.Abs) * 0.51f / 127, $"row {ids[row]} is off by {Distance(was, @is)}");
        }
    }

    [Fact]
    public void Names_that_are_taken_are_not_taken_again()
    {
        var graph = Start();
        graph.Floats("w_int8", Random(4, Columns), Columns);
        var product = graph.Node("MatMul", ["x", graph.Floats("w", Random(2, Inner * Columns), Inner, Columns)], "y_product");
        var scaled = graph.Node("Mul", [product, "w_int8"], "x_quantized");
        graph.Node("Add", [scaled, product], "y");

        // Nodes have names of their own, and no two may have the same.
        graph.Graph.Node[1].Name = "y_product";
        graph.Graph.Node[0].Name = "product";
        End(graph, "y");

        Compare(graph, 0.1f);

        string[] names =
            [.. graph.Graph.Node.SelectMany(node => node.Output), .. graph.Graph.Initializer.Select(tensor => tensor.Name)];
        Assert.Equal(names.Distinct(), names);
    }

    [Fact]
    public void Inputs_that_are_but_names_of_weights_go_with_them()
    {
        var graph = Start();
        graph.Node("MatMul", ["x", graph.Floats("w", Random(2, Inner * Columns), Inner, Columns)], "y");
        graph.Input("w", DataType.Float, Inner, Columns);
        End(graph, "y");

        Compare(graph, 0.03f);

        Assert.Equal("x", Assert.Single(graph.Graph.Input).Name);
    }

    [Fact]
    public void Weights_that_are_no_numbers_are_refused_by_name()
    {
        var graph = Start();
        var values = Random(2, Inner * Columns);
        values[100] = float.NaN;
        graph.Node("MatMul", ["x", graph.Floats("encoder.weight", values, Inner, Columns)], "y");
        End(graph, "y");

        var refused = Assert.Throws<GraphRewriteException>(() => DynamicInt8.Rewrite(graph.Graph, Everything));
        Assert.Contains("'encoder.weight' hold NaN", refused.Message);
    }

    [Fact]
    public void Whatever_the_shapes_and_weights_no_result_is_further_off_than_the_steps_allow() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 70], Gen.Int[1, 70], Gen.Int[0, 1_000_000], Gen.Float[0.001f, 1000f]).Sample(
            (rows, inner, columns, seed, size) =>
            {
                var graph = new GraphBuilder().Input("x", DataType.Float, -1, inner);
                var weights = Random(seed, inner * columns);
                foreach (ref var weight in weights.AsSpan())
                    weight *= size;
                graph.Node("MatMul", ["x", graph.Floats("w", weights, inner, columns)], "y");
                graph.Output("y", DataType.Float, -1, columns);
                var x = Random(seed + 1, rows * inner);
                var expected = GraphRun.Run(graph, ("x", GraphRun.Floats(x, rows, inner)));
                DynamicInt8.Rewrite(graph.Graph, Everything);
                var actual = GraphRun.Run(graph, ("x", GraphRun.Floats(x, rows, inner)));

                var (largestWeight, largest) = (weights.Max(MathF.Abs), x.Max(MathF.Abs));
                var (weightOff, off) = (largestWeight / 64 / 2, (MathF.Max(x.Max(), 0) - MathF.Min(x.Min(), 0)) / 255);
                var allowed = inner * ((largest * weightOff) + (largestWeight * off) + (weightOff * off));
                Assert.True(Distance(expected, actual) <= (allowed * 1.01f) + 1e-6f,
                    $"off by {Distance(expected, actual)}, {allowed} is allowed");
            },
            iter: 60);

    private static GraphBuilder Start() => new GraphBuilder().Input("x", DataType.Float, Rows, Inner);

    private static void End(GraphBuilder graph, string output, int columns = Columns) =>
        graph.Output(output, DataType.Float, -1, columns);

    /// <summary>Runs the graph as it is and rewritten.</summary>
    private static void Compare(GraphBuilder graph, float near)
    {
        var x = Random(1, Rows * Inner);
        var expected = Run(graph, x);
        DynamicInt8.Rewrite(graph.Graph, Everything);
        var actual = Run(graph, x);
        Assert.True(Distance(expected, actual) <= near * expected.Max(MathF.Abs), $"off by {Distance(expected, actual)}");
        Assert.NotEqual(expected, actual);
    }

    private static float[] Run(GraphBuilder graph, float[] x) => GraphRun.Run(graph, ("x", GraphRun.Floats(x, Rows, Inner)));

    private static float Distance(float[] one, float[] other) => one.Zip(other, (a, b) => MathF.Abs(a - b)).Max();

    private static string[] Types(GraphBuilder graph) => [.. graph.Graph.Node.Select(node => node.OpType)];

    private static float[] Random(int seed, int count)
    {
        var random = new Random(seed);
        var values = new float[count];
        foreach (ref var value in values.AsSpan())
            value = (random.NextSingle() * 2) - 1;
        return values;
    }
}
