using StreamNer.Inference.Domain;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Models;

/// <summary>Graphs as exporters write them, not only those of one exporter.</summary>
public class GraphShapeTests
{
    private static readonly string[] Labels = ["O", "B-LOC", "I-LOC"];

    // Windows of several lengths, and a text of several windows.
    private static readonly string[] Texts =
        ["London", "in London and Paris", "", "Paris", "of the London", string.Join(' ', Enumerable.Repeat("in London the of", 8))];

    [Theory]
    [InlineData("input_ids attention_mask", "1", "sequence", "batch is fixed at 1: batching is off")]
    [InlineData("input_ids attention_mask", "2", "sequence", "batch is fixed at 2")]
    [InlineData("input_ids attention_mask", "2", "8", "sequence is fixed at 8")]
    [InlineData("input_ids attention_mask", "1", "64", "sequence is fixed at 64")]
    [InlineData("input_ids", "batch", "sequence", "no attention mask: only windows of one length share a run")]
    [InlineData("input_ids", "1", "16", "no attention mask, so padding counts as text")]
    [InlineData("input_ids", "3", "sequence", "no attention mask")]
    [InlineData("input_ids input_mask segment_ids", "batch", "sequence", null)]
    [InlineData("input_word_ids:0 input_mask:0 input_type_ids:0", "batch", "sequence", null)]
    public void A_graph_with_fixed_or_other_inputs_gives_the_same_labels(string inputs, string batch, string sequence, string? note)
    {
        using var model = new LookupModel("bert-cased", Labels, ("London", "B-LOC"), ("Paris", "B-LOC"));
        var usual = Outcomes(model);
        model.Graph(inputs.Split(' '), batch, sequence);
        Assert.Equal(usual, Outcomes(model));
        Assert.Empty(ModelTrial.Problems(ModelFolder.Open(model.Folder)));
        var notes = ModelFolder.Open(model.Folder).Description.Notes;
        if (note is null)
            Assert.Empty(notes);
        else
            Assert.Contains(notes, line => line.Contains(note, StringComparison.Ordinal));
    }

    [Fact]
    public void A_fixed_sequence_is_the_longest_window()
    {
        using var model = new LookupModel("bert-cased", Labels);
        model.Graph(["input_ids", "attention_mask"], "1", "24");
        Assert.Equal(24, ModelFolder.Open(model.Folder).Description.MaxPieces);
    }

    [Fact]
    public void A_pointer_of_Git_LFS_is_named_as_what_it_is()
    {
        using var model = new LookupModel("bert-cased", Labels);
        File.WriteAllText(Path.Combine(model.Folder, "model.onnx"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
        Assert.EndsWith("is a pointer of Git LFS, not the model: fetch it with `git lfs pull`", Problem(model), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    public void So_is_one_in_place_of_another_file(string file)
    {
        using var model = new LookupModel("bert-cased", Labels);
        File.WriteAllText(Path.Combine(model.Folder, file), "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
        Assert.EndsWith($"{file} is a pointer of Git LFS, not the file: fetch it with `git lfs pull`", Problem(model),
            StringComparison.Ordinal);
    }

    [Fact]
    public void So_is_one_in_place_of_weights_that_lie_beside_the_model()
    {
        using var model = new LookupModel("bert-cased", Labels);
        File.WriteAllText(Path.Combine(model.Folder, "model.onnx"), "no model by itself");
        File.WriteAllText(
            Path.Combine(model.Folder, "model.onnx_data"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
        Assert.EndsWith("model.onnx_data is a pointer of Git LFS, not the weights: fetch it with `git lfs pull`", Problem(model),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_nobody_exported_point_at_how_to_export_them()
    {
        using var model = new LookupModel("bert-cased", Labels);
        File.Move(Path.Combine(model.Folder, "model.onnx"), Path.Combine(model.Folder, "model.safetensors"));
        Assert.Contains("\"Models without an ONNX file\" in docs/models.md", Problem(model), StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_counted_from_one_leave_the_first_column_outside()
    {
        using var model = new LookupModel("bert-cased", [null, "B-LOC", "I-LOC"], ("London", "B-LOC"));
        Assert.Equal("LOC 3..9", model.Entities("in London"));
        var folder = ModelFolder.Open(model.Folder);
        Assert.Contains(folder.Description.Notes, note => note.Contains("no label for 0", StringComparison.Ordinal));
        Assert.Equal("bio2", folder.Labels.Name);
    }

    [Fact]
    public void The_size_of_a_linked_model_is_that_of_the_file_it_leads_to()
    {
        using var model = new LookupModel("bert-cased", Labels);
        var file = Path.Combine(model.Folder, "model.onnx");
        var size = new FileInfo(file).Length;
        File.Move(file, Path.Combine(model.Folder, "blob"));
        File.CreateSymbolicLink(file, "blob");
        Assert.Equal(size, ModelFolder.Open(model.Folder).Description.SizeBytes);
    }

    [Fact]
    public void A_logit_that_is_not_a_number_fails_its_document_alone()
    {
        using var model = new TableModel(["O", "B-LOC"], ("London", "B-LOC"), ("Paris", "O"));
        model.Graph(value: float.NaN);
        using var pipeline = TokenClassificationPipeline.Load(model.Folder);
        var outcomes = pipeline.Label([new Document(new DocumentId("1"), ""), new Document(new DocumentId("2"), "London")]);
        Assert.IsType<DocumentOutcome.Labelled>(outcomes[0]);
        var failed = Assert.IsType<DocumentOutcome.Failed>(outcomes[1]);
        Assert.Equal(FailureCode.InferenceFailed, failed.Code);
        Assert.Contains("NaN", failed.Message, StringComparison.Ordinal);
    }

    private static string Problem(LookupModel model) =>
        Assert.Single(Assert.Throws<ModelLoadException>(() => ModelFolder.Open(model.Folder)).Problems);

    private static string[] Outcomes(LookupModel model)
    {
        using var pipeline = model.Load();
        return
        [
            .. pipeline.Label([.. Texts.Select((text, i) => new Document(new DocumentId($"{i}"), text))])
                .Select(outcome => string.Join(' ', Assert.IsType<DocumentOutcome.Labelled>(outcome)
                    .Tokens.Select(token => $"{token.Span}{token.Label}"))),
        ];
    }
}
