using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Models.Onnx;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Models.Onnx;

/// <summary>Where engines lie; no TensorRT is needed for that.</summary>
public sealed class TensorRtEnginesTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("streamner-engines").FullName;
    private readonly TableModel _model = new(["O", "B-LOC"], ("London", "B-LOC"));

    public void Dispose()
    {
        _model.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void Models_that_differ_in_their_weights_alone_share_no_engine()
    {
        using var other = new TableModel(["O", "B-LOC"], ("London", "O"));

        Assert.NotEqual(FolderOf(_model.Folder), FolderOf(other.Folder));
    }

    [Fact]
    public void Weights_that_lie_beside_the_graph_count()
    {
        var before = FolderOf(_model.Folder);
        File.WriteAllText(Path.Combine(_model.Folder, "model.onnx_data"), "weights");

        Assert.NotEqual(before, FolderOf(_model.Folder));
    }

    [Fact]
    public void A_model_that_was_moved_or_described_anew_keeps_its_engine()
    {
        var copy = Directory.CreateDirectory(Path.Combine(_root, "copy")).FullName;
        foreach (var file in Directory.EnumerateFiles(_model.Folder))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(copy, "README.md"), "# a model");

        Assert.Equal(FolderOf(_model.Folder), FolderOf(copy));
    }

    [Fact]
    public void Only_the_user_may_write_there()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other rights");
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            new DirectoryInfo(FolderOf(_model.Folder)).UnixFileMode);
    }

    [Fact]
    public void One_session_at_a_time_makes_an_engine()
    {
        var model = ModelFolder.Open(_model.Folder).Model;
        using (TensorRtEngines.Open(_root, model, CancellationToken.None))
        {
            using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            Assert.Throws<OperationCanceledException>(() => TensorRtEngines.Open(_root, model, impatient.Token));
        }

        TensorRtEngines.Open(_root, model, TestContext.Current.CancellationToken).Dispose();
    }

    [Fact]
    public void A_place_that_can_t_be_written_to_is_named_with_the_setting()
    {
        var file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");

        var refused = Assert.Throws<ModelLoadException>(() =>
            TensorRtEngines.Open(file, ModelFolder.Open(_model.Folder).Model, CancellationToken.None));
        var problem = Assert.Single(refused.Problems);
        Assert.StartsWith($"TensorRT's engines can't be kept in {file}: ", problem, StringComparison.Ordinal);
        Assert.EndsWith("; set StreamNer:Devices:0:EngineCache to a folder that can be written to", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Following input(s) has no associated shape profiles provided: scale", "set StreamNer:Devices:0:Kind to Cuda")]
    [InlineData("TensorRT EP could not deserialize engine from cache: a.engine", "delete ")]
    public void What_TensorRt_alone_fails_at_comes_with_a_way_out(string message, string wayOut)
    {
        using var engines = TensorRtEngines.Open(_root, ModelFolder.Open(_model.Folder).Model, CancellationToken.None);

        Assert.Contains(wayOut, engines.WayOut(message)!, StringComparison.Ordinal);
        Assert.Null(engines.WayOut("CUDA failure 2: out of memory"));
    }

    private string FolderOf(string folder)
    {
        using var engines = TensorRtEngines.Open(_root, ModelFolder.Open(folder).Model, CancellationToken.None);
        Assert.True(Directory.Exists(engines.Folder));
        return engines.Folder;
    }
}
