using System.Text.Json;
using StreamNer.Actors;
using StreamNer.Inference;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Models.Folders;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Cli.Tests.Commands;

public sealed class ModelsOptimizeCommandTests : IDisposable
{
    private readonly MatrixModel _model = new();

    private string Directory => Path.GetDirectoryName(_model.Folder)!;

    private string Made => _model.Folder + "-int8";

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task A_folder_that_computes_in_8_bits_is_made_beside_the_model_and_labels_as_it_does()
    {
        var terminal = await OptimizeAsync(ExitCodes.Done);

        using var pipeline = TokenClassificationPipeline.Load(Made);
        var labelled = Assert.IsType<DocumentOutcome.Labelled>(pipeline.Label("in London"));
        Assert.Equal(["O", "B-LOC"], labelled.Tokens.Select(token => token.Label));
        Assert.Contains($"folder    {Made}\n", terminal.Output);
        Assert.Contains("weights   512 of ", terminal.Output);
        Assert.Contains("0 of 120 words of 60 documents changed (0.00 %, limit 2.00 %)", terminal.Output);
        Assert.Matches(@"speed +[0-9.,]+ documents/s before, [0-9.,]+ after", terminal.Output);
        Assert.Equal(["config.json", "model.onnx", "README.md", "tokenizer_config.json", "vocab.txt"], Files(Made));
        AssertNothingElse();
    }

    [Fact]
    public async Task The_card_keeps_its_text_and_says_how_the_folder_was_made()
    {
        File.WriteAllText(Path.Combine(_model.Folder, "README.md"), "---\nlicense: mit\n---\n# A model\n");

        await OptimizeAsync(ExitCodes.Done);

        var card = File.ReadAllText(Path.Combine(Made, "README.md"));
        Assert.StartsWith("---\nlicense: mit\n---\n# A model\n", card);
        Assert.Contains("## How this folder was made", card);
        Assert.Contains($"of `table-model` {ModelFolder.Open(_model.Folder).Description.Hash}: matrices in 8 bits by column", card);
    }

    [Fact]
    public async Task Other_weights_and_checksums_of_other_files_are_not_copied_and_licences_are()
    {
        string[] names = ["pytorch_model.bin", "model.safetensors", "model.safetensors.index.json", ".secret.json", "LICENSE"];
        foreach (var name in names)
            File.WriteAllText(Path.Combine(_model.Folder, name), "{}");
        File.WriteAllText(Path.Combine(_model.Folder, "streamner-manifest.json"), """
            {"repository": "owner/name", "revision": "main", "commit": "0123abc", "endpoint": "https://hub", "licence": "mit",
             "model": "model.onnx", "files": []}
            """);

        await OptimizeAsync(ExitCodes.Done);

        Assert.Equal(["config.json", "LICENSE", "model.onnx", "README.md", "tokenizer_config.json", "vocab.txt"], Files(Made));
        Assert.Contains("pulled from owner/name, commit 0123abc, licence mit", File.ReadAllText(Path.Combine(Made, "README.md")));
    }

    [Fact]
    public async Task What_a_killed_run_left_is_taken_away_and_what_another_one_makes_is_not()
    {
        var directory = Path.GetDirectoryName(Made)!;
        var left = System.IO.Directory.CreateDirectory(Path.Combine(directory, ".optimize-killed-1")).FullName;
        File.WriteAllText(Path.Combine(left, "model.onnx"), "half");
        File.WriteAllText(left + ".lock", "");
        var underWay = System.IO.Directory.CreateDirectory(Path.Combine(directory, ".optimize-other-2")).FullName;
        using var held = new FileStream(underWay + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        await OptimizeAsync(ExitCodes.Done);

        Assert.Equal([".optimize-other-2", ".optimize-other-2.lock"],
            Entries(directory).Where(name => name.StartsWith('.')));
    }

    [Fact]
    public async Task A_model_that_8_bits_would_ruin_is_refused_and_nothing_is_left()
    {
        using var ruined = new MatrixModel(outlier: 100_000);
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Failed, await terminal.RunAsync("models", "optimize", ruined.Folder, "--sample", ruined.Sample));

        Assert.Contains("60 of 120 words of the sample (50.00 %) get another label, the limit is 2.00 % (--max-changed): the folder was "
            + "not kept", terminal.Error);
        Assert.Equal(["sample.txt", "table-model"], Entries(Path.GetDirectoryName(ruined.Folder)!));
    }

    [Fact]
    public async Task How_many_labels_may_change_is_the_users_to_say()
    {
        using var ruined = new MatrixModel(outlier: 100_000);
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done,
            await terminal.RunAsync("models", "optimize", ruined.Folder, "--sample", ruined.Sample, "--max-changed", "50"));
        Assert.Contains("60 of 120 words", terminal.Output);
    }

    [Fact]
    public async Task Half_precision_is_made_and_verified_on_the_processor()
    {
        var terminal = await OptimizeAsync(ExitCodes.Done, "--precision", "fp16");

        Assert.Contains("0 of 120 words", terminal.Output);
        Assert.Contains("half precision is for GPUs", terminal.Output);
        using var pipeline = TokenClassificationPipeline.Load(_model.Folder + "-fp16");
        Assert.Equal(["B-LOC"], ((DocumentOutcome.Labelled)pipeline.Label("London")).Tokens.Select(token => token.Label));
    }

    [Fact]
    public async Task The_report_is_json_for_a_program()
    {
        var place = Path.Combine(Directory, "elsewhere", "fast");

        var terminal = await OptimizeAsync(ExitCodes.Done, "--json", "--quiet", "--out", place);

        var report = JsonDocument.Parse(terminal.Output).RootElement;
        Assert.Equal((place, "int8", 1, 120, 0), (report.GetProperty("folder").GetString(), report.GetProperty("precision").GetString(),
            report.GetProperty("matrices").GetInt32(), report.GetProperty("words").GetInt32(), report.GetProperty("changed").GetInt32()));
        Assert.Equal(ModelFolder.Open(place).Description.Hash, report.GetProperty("hash").GetString());
        Assert.True(report.GetProperty("sizeBytes").GetProperty("after").GetInt64()
            < report.GetProperty("sizeBytes").GetProperty("before").GetInt64());
        Assert.True(report.GetProperty("documentsPerSecond").GetProperty("after").GetDouble() > 0);
        Assert.Equal("", terminal.Error);
    }

    [Fact]
    public async Task A_folder_that_holds_something_is_not_replaced()
    {
        System.IO.Directory.CreateDirectory(Made);
        File.WriteAllText(Path.Combine(Made, "notes.txt"), "mine");

        var terminal = await OptimizeAsync(ExitCodes.Failed);

        Assert.Contains($"{Made} is there already and is not replaced; remove it, or name another folder with --out", terminal.Error);
        Assert.Equal(["notes.txt"], Files(Made));
    }

    [Fact]
    public async Task An_empty_folder_is_as_good_as_none()
    {
        System.IO.Directory.CreateDirectory(Made);

        await OptimizeAsync(ExitCodes.Done);

        Assert.True(File.Exists(Path.Combine(Made, "model.onnx")));
        AssertNothingElse();
    }

    [Fact]
    public async Task What_is_in_8_bits_already_is_refused_and_nothing_is_left()
    {
        await OptimizeAsync(ExitCodes.Done);
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Failed, await terminal.RunAsync("models", "optimize", Made, "--sample", _model.Sample));

        Assert.Contains("in 8 bits or fewer already", terminal.Error);
        AssertNothingElse();
    }

    [Fact]
    public async Task The_sample_that_comes_with_the_product_is_used_unless_another_is_named()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("models", "optimize", _model.Folder, "--json", "--quiet"));
        Assert.Equal(200, JsonDocument.Parse(terminal.Output).RootElement.GetProperty("documents").GetInt32());
    }

    [Theory]
    [InlineData("--precision int4", "--precision int4: it must be int8 or fp16")]
    [InlineData("--max-changed 101", "--max-changed 101: it must be between 0 and 100, in percent")]
    [InlineData("--max-changed NaN", "--max-changed NaN: it must be between 0 and 100, in percent")]
    [InlineData("--sample nowhere.txt", "nowhere.txt: there is no such file")]
    public async Task An_argument_that_cannot_be_used_is_told(string arguments, string message)
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync(["models", "optimize", _model.Folder, .. arguments.Split(' ')]));
        Assert.Contains(message, terminal.Error);
    }

    private static string[] Files(string folder) =>
        [.. System.IO.Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.OrdinalIgnoreCase)];

    private static string[] Entries(string folder) =>
        [.. System.IO.Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    private async Task<TestTerminal> OptimizeAsync(int exitCode, params string[] arguments)
    {
        var terminal = new TestTerminal();
        var code = await terminal.RunAsync(["models", "optimize", _model.Folder, "--sample", _model.Sample, .. arguments]);
        Assert.True(code == exitCode, terminal.Error);
        return terminal;
    }

    private void AssertNothingElse() => Assert.Equal(["sample.txt", "table-model", "table-model-int8"], Entries(Directory));
}
