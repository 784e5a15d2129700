using System.Text;
using Google.Protobuf;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;
using StreamNer.Inference.Models.Onnx.Graph;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Models;

public sealed class ModelFolderTests : IDisposable
{
    private readonly ModelCopy _copy = new();

    public void Dispose() => _copy.Dispose();

    [Fact]
    public void The_default_model_is_described_as_its_files_say()
    {
        var model = ModelFolder.Open(Repository.DefaultModel).Description;
        Assert.Equal(("en-ner-small", "gated-convolution", 512, "float32"), (model.Name, model.Family, model.MaxPieces, model.Precision));
        Assert.Equal(["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC"], model.Labels);
        Assert.Equal(["input_ids", "attention_mask", "token_type_ids"], model.Inputs);
        Assert.Matches("^[0-9a-f]{8}$", model.Hash);
    }

    [Fact]
    public void The_hash_changes_with_the_labels()
    {
        var before = ModelFolder.Open(_copy.Folder).Description.Hash;
        _copy.Replace("config.json", "\"B-MISC\",", "\"B-THING\",");
        Assert.NotEqual(before, ModelFolder.Open(_copy.Folder).Description.Hash);
    }

    [Theory]
    [InlineData("model.onnx_data")]
    [InlineData("model.onnx.data")]
    public void The_hash_changes_with_weights_that_lie_beside_the_graph(string file)
    {
        File.WriteAllText(_copy.Path(file), "1");
        var before = ModelFolder.Open(_copy.Folder).Description.Hash;
        File.WriteAllText(_copy.Path(file), "2");
        Assert.NotEqual(before, ModelFolder.Open(_copy.Folder).Description.Hash);
    }

    [Theory]
    [InlineData("weights.bin", "weights.bin")]
    [InlineData("weights.bin", "./weights.bin")]
    [InlineData("data/weights.bin", "data/weights.bin")]
    public void The_hash_changes_with_weights_in_a_file_that_the_graph_names(string file, string location)
    {
        Directory.CreateDirectory(_copy.Path("data"));
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(_copy.Path("model.onnx")));
        model.Graph.Initializer.MaxBy(tensor => tensor.RawData.Length)!.MoveTo(_copy.Folder, location);
        File.WriteAllBytes(_copy.Path("model.onnx"), model.ToByteArray());

        var before = ModelFolder.Open(_copy.Folder).Description.Hash;
        File.WriteAllBytes(_copy.Path(file), new byte[new FileInfo(_copy.Path(file)).Length]);
        Assert.NotEqual(before, ModelFolder.Open(_copy.Folder).Description.Hash);
    }

    [Fact]
    public void The_hash_does_not_change_with_a_file_that_the_graph_does_not_name()
    {
        var before = ModelFolder.Open(_copy.Folder).Description.Hash;
        File.WriteAllText(_copy.Path("pytorch_model.bin"), "1");
        Assert.Equal(before, ModelFolder.Open(_copy.Folder).Description.Hash);
    }

    [Fact]
    public void A_model_whose_input_has_no_room_for_text_is_refused()
    {
        _copy.Replace("config.json", "\"max_position_embeddings\": 512", "\"max_position_embeddings\": 2");
        var problem = Assert.Single(Assert.Throws<ModelLoadException>(() => ModelFolder.Open(_copy.Folder)).Problems);
        Assert.StartsWith(
            "the model's input holds 2 pieces and the tokenizer puts 2 special ones into each", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_hash_changes_with_the_special_tokens_where_no_tokenizer_json_names_them()
    {
        using var model = new TableModel(["O", "B-LOC"], ("London", "B-LOC"));
        var before = ModelFolder.Open(model.Folder).Description.Hash;
        File.WriteAllText(Path.Combine(model.Folder, "special_tokens_map.json"), """{"mask_token": "[PAD]"}""");
        Assert.NotEqual(before, ModelFolder.Open(model.Folder).Description.Hash);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("tokenizer.json")]
    public void A_byte_order_mark_in_front_of_a_file_is_passed_over(string file)
    {
        var path = _copy.Path(file);
        File.WriteAllBytes(path, [.. Encoding.UTF8.Preamble, .. File.ReadAllBytes(path)]);
        Assert.Equal(9, ModelFolder.Open(_copy.Folder).Description.Labels.Length);
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_named() =>
        Assert.Contains("/no/such/model", Problems("/no/such/model").Message, StringComparison.Ordinal);

    [Fact]
    public void Every_problem_is_reported_at_once()
    {
        File.Delete(_copy.Path("model.onnx"));
        File.Delete(_copy.Path("config.json"));
        File.Delete(_copy.Path("vocab.txt"));
        File.Delete(_copy.Path("tokenizer.json"));
        var problems = Problems(_copy.Folder).Problems;
        Assert.Contains(problems, problem => problem.Contains("config.json is missing", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Contains("vocab.txt", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Contains("model.onnx", StringComparison.Ordinal));
    }

    [Fact]
    public void A_corrupt_model_file_is_named()
    {
        File.WriteAllBytes(_copy.Path("model.onnx"), [1, 2, 3, 4, 5]);
        Assert.Contains("model.onnx can't be read as an ONNX model", Assert.Single(Problems(_copy.Folder).Problems),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_file_that_was_cut_off_is_named()
    {
        using (var file = File.OpenWrite(_copy.Path("model.onnx")))
            file.SetLength(100_000);
        Assert.Contains("model.onnx can't be read", Assert.Single(Problems(_copy.Folder).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_that_are_fewer_than_the_models_are_counted()
    {
        _copy.Replace("config.json", ",\n  \"8\": \"I-MISC\"", "");
        File.Delete(Path.Combine(_copy.Folder, "crf.json"));
        Assert.Contains("id2label in config.json has 8 labels, the model's output 'logits' has 9",
            Assert.Single(Problems(_copy.Folder).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gap_in_the_labels_is_named()
    {
        _copy.Replace("config.json", "\"8\": \"I-MISC\"", "\"9\": \"I-MISC\"");
        Assert.Contains("none for 8", Assert.Single(Problems(_copy.Folder).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_vocabulary_larger_than_the_models_is_refused()
    {
        _copy.Replace("config.json", "\"vocab_size\": 28000", "\"vocab_size\": 27000");
        Assert.Contains("ids up to 27999", Assert.Single(Problems(_copy.Folder).Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1, 2]", "must be an object")]
    [InlineData("{\"id2label\": ", "not valid JSON")]
    [InlineData("{\"id2label\": {}}", "id2label is empty")]
    [InlineData("{\"id2label\": {\"0\": \"O\"}, \"model_type\": \"\\ud800\"}", "half a surrogate pair")]
    [InlineData("{\"id2label\": {\"\\ud800\": \"O\"}}", "half a surrogate pair")]
    [InlineData("{\"id2label\": {\"0\": \"\\ud800\"}}", "half a surrogate pair")]
    [InlineData("{}", "id2label is missing")]
    [InlineData("{\"id2label\": {\"0\": \"O\", \"x\": \"B\"}}", "has the key 'x'")]
    [InlineData("{\"id2label\": {\"0\": 7}}", "id2label 0 is 7")]
    [InlineData("{\"id2label\": {\"0\": \"O\"}, \"max_position_embeddings\": \"many\"}", "max_position_embeddings is \"many\"")]
    [InlineData("{\"id2label\": {\"0\": \"O\"}, \"vocab_size\": -7}", "vocab_size is -7")]
    public void A_broken_config_is_explained(string config, string expected)
    {
        File.WriteAllText(_copy.Path("config.json"), config);
        Assert.Contains(Problems(_copy.Folder).Problems, problem => problem.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Thousands_of_bad_labels_are_named_by_the_first_three()
    {
        File.WriteAllText(_copy.Path("config.json"), $"{{\"id2label\": "
            + $"{{{string.Join(", ", Enumerable.Range(0, 9_000).Select(i => $"\"x{i}\": 0"))}}}}}");
        var problems = Problems(_copy.Folder).Problems.Where(problem => problem.Contains("id2label", StringComparison.Ordinal)).ToArray();
        Assert.Equal(4, problems.Length);
        Assert.Contains("more of that", problems[3], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2147483647")]
    [InlineData("1000000")]
    public void Positions_that_no_model_has_are_not_believed(string positions)
    {
        _copy.Replace("config.json", "\"max_position_embeddings\": 512", $"\"max_position_embeddings\": {positions}");
        _copy.Replace("tokenizer_config.json", " \"model_max_length\": 512,\n", "");

        var description = ModelFolder.Open(_copy.Folder).Description;

        Assert.Equal(512, description.MaxPieces);
        Assert.Contains("claims more than 32768 positions", Assert.Single(description.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Positions_that_are_no_number_of_any_size_are_refused_by_name()
    {
        _copy.Replace("config.json", "\"max_position_embeddings\": 512", "\"max_position_embeddings\": 99999999999");
        Assert.Contains("max_position_embeddings is 99999999999", Assert.Single(Problems(_copy.Folder).Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_config_of_many_megabytes_is_not_read()
    {
        File.WriteAllBytes(_copy.Path("config.json"), new byte[5 << 20]);
        Assert.Contains(Problems(_copy.Folder).Problems, problem =>
            problem.Contains("5242880 bytes, at most 4194304", StringComparison.Ordinal));
    }

    [Fact]
    public void The_only_model_file_is_found_whatever_its_name()
    {
        Directory.CreateDirectory(_copy.Path("onnx"));
        File.Move(_copy.Path("model.onnx"), _copy.Path("onnx/model_quantized.onnx"));
        Assert.EndsWith("model_quantized.onnx", ModelFolder.Open(_copy.Folder).OnnxFile, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_model_files_of_other_names_one_must_be_named()
    {
        File.Copy(_copy.Path("model.onnx"), _copy.Path("b.onnx"));
        File.Move(_copy.Path("model.onnx"), _copy.Path("a.onnx"));
        Assert.Contains("none is called model.onnx: a.onnx, b.onnx; name one: StreamNer:Model:File",
            Assert.Single(Problems(_copy.Folder).Problems), StringComparison.Ordinal);
        Assert.EndsWith("b.onnx", ModelFolder.Open(_copy.Folder, "b.onnx").OnnxFile, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_file_outside_of_the_folder_is_refused()
    {
        var problem = Assert.Throws<ModelLoadException>(() => ModelFolder.Open(_copy.Folder, "../secret.onnx"));
        Assert.Contains("outside of the model folder", problem.Message, StringComparison.Ordinal);
    }

    private static ModelLoadException Problems(string folder) => Assert.Throws<ModelLoadException>(() => ModelFolder.Open(folder));
}
