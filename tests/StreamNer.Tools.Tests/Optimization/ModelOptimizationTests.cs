using StreamNer.Inference.Domain;
using StreamNer.Inference.Models.Onnx.Rewriting;
using StreamNer.TestSupport.Inference;
using StreamNer.Tools.Optimization;

namespace StreamNer.Tools.Tests.Optimization;

public sealed class ModelOptimizationTests : IDisposable
{
    private readonly MatrixModel _model = new();
    private readonly List<string> _steps = [];

    private string Place => _model.Folder + "-int8";

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_the_step_in_which_it_is_ended_nothing_is_left(int step)
    {
        using var stop = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(() => Run(() =>
        {
            if (_steps.Count == step)
                stop.Cancel();
        }, stop.Token));

        Assert.Equal(step, _steps.Count);
        Assert.Equal(["sample.txt", "table-model"], Entries());
    }

    [Fact]
    public void Until_it_is_whole_and_compared_the_folder_is_not_in_its_place()
    {
        Run(() => Assert.False(Directory.Exists(Place)));

        Assert.Equal(3, _steps.Count);
        Assert.Equal(["sample.txt", "table-model", "table-model-int8"], Entries());
    }

    [Fact]
    public void A_folder_that_came_to_be_in_the_meantime_is_not_replaced()
    {
        Assert.Contains("is there already and is not replaced", Assert.Throws<OptimizationException>(() => Run(() =>
        {
            Directory.CreateDirectory(Place);
            File.WriteAllText(Path.Combine(Place, "notes.txt"), "mine");
        })).Message);

        Assert.Equal(["sample.txt", "table-model", "table-model-int8"], Entries());
        Assert.Equal("notes.txt", Path.GetFileName(Assert.Single(Directory.EnumerateFiles(Place))));
    }

    [Fact]
    public void A_place_that_is_taken_is_refused_before_anything_is_done()
    {
        Directory.CreateDirectory(Place);
        File.WriteAllText(Path.Combine(Place, "notes.txt"), "mine");

        Assert.Contains("is there already and is not replaced", Assert.Throws<OptimizationException>(() => Run(() => { })).Message);

        Assert.Empty(_steps);
    }

    private OptimizedModel Run(Action atStep, CancellationToken stop = default) =>
        new ModelOptimization(new Steps(_steps, atStep)).Run(
            new OptimizationRequest
            {
                Folder = _model.Folder,
                Place = Place,
                Precision = WeightPrecision.Int8,
                MostChangedShare = 0.02,
                Sample =
                    [.. File.ReadLines(_model.Sample).Index().Select(line => new Document(new DocumentId($"{line.Index}"), line.Item))],
            },
            stop);

    private string[] Entries() =>
        [.. Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(_model.Folder)!).Select(path => Path.GetFileName(path)!)
            .Order(StringComparer.Ordinal)];

    private sealed class Steps(List<string> steps, Action atStep) : IOptimizationProgress
    {
        public void Step(string what)
        {
            steps.Add(what);
            atStep();
        }
    }
}
