using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Models;

public sealed class ModelTrialTests : IDisposable
{
    private readonly TableModel _model = new(["O", "B-LOC"], ("in", "O"), ("London", "B-LOC"));

    public void Dispose() => _model.Dispose();

    [Fact]
    public void The_shipped_model_does_as_its_files_promise() =>
        Assert.Empty(ModelTrial.Problems(ModelFolder.Open(Repository.DefaultModel)));

    [Fact]
    public void A_model_of_two_tables_does_too() => Assert.Empty(Problems());

    [Fact]
    public void An_embedding_table_with_fewer_rows_than_the_tokenizer_has_ids_is_found_by_a_run()
    {
        _model.Graph(missingRows: 1);
        Assert.Contains("the tokenizer gives ids up to 5, the model fails on that one", Assert.Single(Problems()),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_position_table_shorter_than_the_longest_input_is_found_by_a_run()
    {
        _model.Graph(positions: 31);
        Assert.Contains("allow 32 pieces, the model fails on so many", Assert.Single(Problems()), StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_with_more_labels_than_the_config_names_is_one_problem_of_the_folder()
    {
        _model.Graph(columns: 3);
        Assert.Contains("id2label in config.json has 2 labels, the model's output 'logits' has 3",
            Assert.Single(Assert.Throws<ModelLoadException>(Problems).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Logits_that_are_no_numbers_are_found()
    {
        _model.Graph(value: float.NaN);
        Assert.Contains("a logit is NaN", Assert.Single(Problems()), StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_that_do_not_fit_each_other_are_one_problem_of_the_folder()
    {
        _model.Graph(positionColumns: 5);
        Assert.Contains("can't be read as an ONNX model", Assert.Single(Assert.Throws<ModelLoadException>(Problems).Problems),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_small_graph_that_takes_much_memory_is_ended_before_it_takes_more()
    {
        _model.GreedyGraph(floatsForEachPiece: 20_000_000);
        using var memory = new MemoryWatch(mostBytes: 50_000_000);

        var problem = Assert.Single(ModelTrial.Problems(ModelFolder.Open(_model.Folder), memory, CancellationToken.None));

        Assert.Contains("the limit is 50 MB", problem, StringComparison.Ordinal);

        // Three pieces of 80 MB; the longest input, 32 pieces, would have taken ten times as much.
        Assert.InRange(memory.TakenBytes, 50_000_001, 1_500_000_000);
    }

    private IReadOnlyList<string> Problems() => ModelTrial.Problems(ModelFolder.Open(_model.Folder));
}
