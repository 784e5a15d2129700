using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Folders;

namespace StreamNer.Inference.Tests.Models.Parity;

/// <summary>A folder of each family: what is read off it, and what is said when it is broken.</summary>
public sealed class FamilyFolderTests
{
    public static TheoryData<string> Models => [.. ParityModel.All.Select(model => model.Name)];

    public static TheoryData<string, string> Files
    {
        get
        {
            var files = new TheoryData<string, string>();
            foreach (var model in ParityModel.All)
            {
                using var folder = model.Folder();
                foreach (var path in Directory.EnumerateFiles(folder.Path).Order())
                {
                    // Beside a tokenizer.json this one only lowers the limit.
                    if (Path.GetFileName(path) != "tokenizer_config.json" || !File.Exists(Path.Combine(folder.Path, "tokenizer.json")))
                        files.Add(model.Name, Path.GetFileName(path));
                }
            }

            return files;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_folder_of_each_family_says_its_type_and_its_limit(string name)
    {
        var model = ParityModel.Of(name);
        using var folder = model.Folder();
        var description = ModelFolder.Open(folder.Path).Description;
        Assert.Equal((model.Type, model.Limit), (description.Family, description.MaxPieces));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void The_limit_is_that_of_the_position_table_where_the_tokenizer_states_none(string name)
    {
        var model = ParityModel.Of(name);
        using var folder = model.Folder();
        var settings = Path.Combine(folder.Path, "tokenizer_config.json");
        File.WriteAllText(settings, File.ReadAllText(settings).Replace("model_max_length", "other", StringComparison.Ordinal));
        Assert.Equal(model.Limit, ModelFolder.Open(folder.Path).Description.MaxPieces);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void The_longest_window_can_be_computed(string name)
    {
        using var folder = ParityModel.Of(name).Folder();
        var model = ModelFolder.Open(folder.Path);
        using var lane = model.Classifiers.Create(LanePlan.Create([], cores: 1)[0]);
        lane.WarmUp(new BatchShapes(new PaddedTokenBudget(model.Description.MaxPieces, 1), model.Description.MaxPieces));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_missing_file_is_the_one_problem_and_is_named(string name, string file)
    {
        using var folder = ParityModel.Of(name).Folder();
        File.Delete(Path.Combine(folder.Path, file));
        Assert.Contains(file, Assert.Single(Problems(folder.Path)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_tensor_of_the_wrong_shape_is_the_one_problem_and_is_named(string name)
    {
        using var folder = ParityModel.Of(name).Folder();
        var path = Path.Combine(folder.Path, "model.onnx");
        Swap(path, rows: 8, columns: ParityModel.Of(name).Labels().Length);
        var problem = Assert.Single(Problems(folder.Path));
        Assert.StartsWith($"{path} can't be read as an ONNX model", problem, StringComparison.Ordinal);
        Assert.Contains("dimension", problem, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_tensor_that_only_a_run_finds_wrong_is_found_before_any_text()
    {
        // The kernel of a convolution, of which nothing is checked when the graph is loaded.
        using var folder = ParityModel.Of("bert").Folder();
        Swap(Path.Combine(folder.Path, "model.onnx"), rows: 8, columns: 5);
        var problem = Assert.Single(Assert.Throws<ModelLoadException>(() => TokenClassificationPipeline.Load(folder.Path)).Problems);
        Assert.Contains("are all files of the same model?", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_positions_shorter_than_the_config_says_is_found_before_any_text()
    {
        using var folder = ParityModel.Of("bert").Folder();
        foreach (var file in (string[])["config.json", "tokenizer_config.json"])
        {
            File.WriteAllText(Path.Combine(folder.Path, file), File.ReadAllText(Path.Combine(folder.Path, file))
                .Replace("512", "600", StringComparison.Ordinal));
        }

        var model = ModelFolder.Open(folder.Path);
        using var lane = model.Classifiers.Create(LanePlan.Create([], cores: 1)[0]);
        var shapes = new BatchShapes(new PaddedTokenBudget(600, 1), 600);
        var problem = Assert.Single(Assert.Throws<ModelLoadException>(() => lane.WarmUp(shapes)).Problems);
        Assert.Contains("can't compute 600 pieces", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_pieces_shorter_than_the_vocabulary_is_found_before_any_text()
    {
        // The product's own model, with a config that doesn't say how many rows it has, and a piece behind the last.
        using var copy = new TestSupport.Inference.ModelCopy();
        copy.Replace("config.json", "\"vocab_size\": 28000", "\"vocab_rows\": 28000");
        copy.Replace("tokenizer.json", "\"added_tokens\": [", "\"added_tokens\": [{\"id\": 28000, \"content\": "
            + "\"[MORE]\", \"special\": true},");
        var problem = Assert.Single(Assert.Throws<ModelLoadException>(() => TokenClassificationPipeline.Load(copy.Folder)).Problems);
        Assert.Contains("ids up to 28000", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_padding_id_that_positions_cannot_begin_behind_is_explained()
    {
        using var folder = ParityModel.Of("roberta").Folder();
        var path = Path.Combine(folder.Path, "config.json");
        File.WriteAllText(path, File.ReadAllText(path)
            .Replace("\"pad_token_id\": 1", "\"pad_token_id\": \"one\"", StringComparison.Ordinal));
        Assert.Contains("pad_token_id is \"one\"", Assert.Single(Problems(folder.Path)), StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> Problems(string folder) =>
        Assert.Throws<ModelLoadException>(() => ModelFolder.Open(folder)).Problems;

    /// <summary>Exchanges the two dimensions of the last layer's weights, as they stand in the file.</summary>
    private static void Swap(string path, int rows, int columns)
    {
        const byte Dimension = 0x08, Type = 0x10, Float = 1;
        var bytes = File.ReadAllBytes(path);
        var at = bytes.AsSpan().LastIndexOf([Dimension, (byte)rows, Dimension, (byte)columns, Type, Float]);
        Assert.True(at >= 0);
        (bytes[at + 1], bytes[at + 3]) = ((byte)columns, (byte)rows);
        File.WriteAllBytes(path, bytes);
    }
}
