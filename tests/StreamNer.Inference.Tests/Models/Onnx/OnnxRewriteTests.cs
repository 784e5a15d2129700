using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Models.Onnx.Rewriting;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Models.Onnx;

public sealed class OnnxRewriteTests : IDisposable
{
    private const long Plenty = 1 << 30;

    private readonly MatrixModel _model = new();
    private readonly string _into = Directory.CreateTempSubdirectory("streamner-rewritten-").FullName;

    private string Path => System.IO.Path.Combine(_model.Folder, "model.onnx");

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_into, recursive: true);
    }

    [Fact]
    public void What_comes_of_it_is_smaller_and_says_who_made_it()
    {
        var rewritten = Run();

        Assert.Equal(new FileInfo(Path).Length, rewritten.BytesBefore);
        Assert.Equal(new FileInfo(System.IO.Path.Combine(_into, "model.onnx")).Length, rewritten.BytesAfter);
        Assert.Equal((1, 0), (rewritten.Summary.Matrices, rewritten.Summary.Tables));
        Assert.Equal(("streamner", "1.0"), (Read(_into).Model.ProducerName, Read(_into).Model.ProducerVersion));
    }

    [Theory]
    [InlineData(WeightPrecision.Int8)]
    [InlineData(WeightPrecision.Half)]
    public void A_graph_that_is_in_8_bits_already_is_refused(object precision)
    {
        Run();
        File.Copy(System.IO.Path.Combine(_into, "model.onnx"), Path, overwrite: true);

        Assert.Contains("in 8 bits or fewer already (it has DynamicQuantizeLinear); start from the model's float32 file",
            Assert.Throws<GraphRewriteException>(() => Run((WeightPrecision)precision)).Message);
    }

    [Theory]
    [InlineData(WeightPrecision.Int8)]
    [InlineData(WeightPrecision.Half)]
    public void A_graph_that_is_in_half_precision_already_is_refused(object precision)
    {
        Run(WeightPrecision.Half);
        File.Copy(System.IO.Path.Combine(_into, "model.onnx"), Path, overwrite: true);

        Assert.Contains("is in half precision already; start from the model's float32 file",
            Assert.Throws<GraphRewriteException>(() => Run((WeightPrecision)precision)).Message);
    }

    [Fact]
    public void A_graph_of_an_opset_without_these_operators_is_refused_with_the_way_out()
    {
        _model.Builder.Model.OpsetImport[0].Version = 9;
        _model.Builder.Save(Path);

        Assert.Contains("opset 9, 11 or more is needed; export the model again", Assert.Throws<GraphRewriteException>(() => Run()).Message);
    }

    [Fact]
    public void A_graph_without_anything_to_rewrite_is_refused()
    {
        using var table = new TableModel(["O", "B-LOC"], ("London", "B-LOC"));

        Assert.Contains("no float32 matrix or table that is worth rewriting", Assert.Throws<GraphRewriteException>(() => OnnxRewrite.Run(
            System.IO.Path.Combine(table.Folder, "model.onnx"), table.Folder, _into, WeightPrecision.Int8, "1.0", Plenty)).Message);
    }

    [Fact]
    public void Weights_in_a_file_beside_are_read_from_there()
    {
        _model.Builder.SaveWithWeightsBeside(Path, "model.onnx_data");

        var rewritten = Run();

        Assert.Equal(1, rewritten.Summary.Matrices);
        Assert.Equal(new FileInfo(Path).Length + new FileInfo(Path + "_data").Length, rewritten.BytesBefore);
        Assert.Equal(["model.onnx"], Directory.EnumerateFiles(_into).Select(System.IO.Path.GetFileName));
    }

    [Fact]
    public void Weights_in_a_file_outside_of_the_folder_are_not_read()
    {
        _model.Builder.SaveWithWeightsBeside(Path, "../elsewhere.bin");

        Assert.Contains("the weights 'embeddings' lie outside of the model folder",
            Assert.Throws<GraphRewriteException>(() => Run()).Message);
    }

    [Fact]
    public void Weights_that_end_behind_the_end_of_their_file_are_refused()
    {
        _model.Builder.SaveWithWeightsBeside(Path, "model.onnx_data");
        using (var beside = new FileStream(Path + "_data", FileMode.Open))
            beside.SetLength(beside.Length - 4);

        Assert.Contains("end behind the end of", Assert.Throws<GraphRewriteException>(() => Run()).Message);
    }

    [Fact]
    public void A_file_that_does_not_fit_into_memory_is_refused_with_its_size()
    {
        Assert.Contains("half of what there is; do it on a machine with more", Assert.Throws<GraphRewriteException>(
            () => OnnxRewrite.Run(Path, _model.Folder, _into, WeightPrecision.Int8, "1.0", mostBytes: 100)).Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_into));
    }

    [Fact]
    public void A_file_that_is_no_graph_is_refused()
    {
        File.WriteAllBytes(Path, [0x3a, 0xff, 0xff, 0xff, 0x7f]);

        Assert.Contains("can't be read as an ONNX model", Assert.Throws<GraphRewriteException>(() => Run()).Message);
    }

    [Fact]
    public void Weights_that_are_too_many_for_one_file_go_beside_it_and_are_found_there()
    {
        var graph = OnnxGraphFile.Read(Path, _model.Folder, Plenty);
        foreach (var file in Directory.EnumerateFiles(_model.Folder).Where(file => !file.EndsWith(".onnx", StringComparison.Ordinal)))
            File.Copy(file, System.IO.Path.Combine(_into, System.IO.Path.GetFileName(file)));

        var bytes = graph.Write(_into, mostInside: 100);

        Assert.Equal(Directory.EnumerateFiles(_into, "model.onnx*").Sum(file => new FileInfo(file).Length), bytes);
        Assert.True(File.Exists(System.IO.Path.Combine(_into, OnnxGraphFile.WeightsName)));
        Assert.Empty(ModelTrial.Problems(ModelFolder.Open(_into), TestContext.Current.CancellationToken));
        Assert.Contains(Read(_into).Model.Graph.Initializer, tensor => tensor.Name == "matrix" && tensor.RawData.Length == 8 * 64 * 4);
    }

    private RewrittenModel Run(WeightPrecision precision = WeightPrecision.Int8) =>
        OnnxRewrite.Run(Path, _model.Folder, _into, precision, "1.0", Plenty, TestContext.Current.CancellationToken);

    private static OnnxGraphFile Read(string folder) => OnnxGraphFile.Read(System.IO.Path.Combine(folder, "model.onnx"), folder, Plenty);
}
