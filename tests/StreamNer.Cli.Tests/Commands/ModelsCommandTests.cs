using System.Diagnostics;
using System.Text.Json;
using StreamNer.Actors;
using StreamNer.TestSupport.Inference;
using StreamNer.Tools.Tests.Hub;

namespace StreamNer.Cli.Tests.Commands;

public sealed class ModelsCommandTests : IDisposable
{
    private readonly TableModel _model = new(["O", "B-LOC"], ("in", "O"), ("London", "B-LOC"));

    private string Directory => Path.GetDirectoryName(_model.Folder)!;

    public void Dispose() => _model.Dispose();

    [Theory]
    [InlineData("list")]
    [InlineData("show")]
    [InlineData("verify")]
    [InlineData("pull")]
    [InlineData("optimize")]
    public async Task Every_verb_has_help_with_examples(string verb)
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("models", verb, "--help"));
        Assert.Contains($"streamner models {verb}", terminal.Output);
        Assert.Contains("Examples:", terminal.Output);
    }

    [Fact]
    public async Task A_misspelt_verb_below_models_is_told_with_the_way_to_the_right_help()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("models", "lst"));
        Assert.Contains("Did you mean 'list'?", terminal.Error);
        Assert.Contains("Try 'streamner models --help'.", terminal.Error);
    }

    [Fact]
    public async Task The_list_has_whole_models_with_size_and_family_and_broken_ones_with_their_reason()
    {
        var nested = System.IO.Directory.CreateDirectory(Path.Combine(Directory, "owner", "broken")).FullName;
        File.Copy(Path.Combine(_model.Folder, "vocab.txt"), Path.Combine(nested, "vocab.txt"));
        File.Copy(Path.Combine(_model.Folder, "model.onnx"), Path.Combine(nested, "model.onnx"));
        System.IO.Directory.CreateDirectory(Path.Combine(Directory, "notes"));
        System.IO.Directory.CreateDirectory(Path.Combine(Directory, ".pull-other-0123"));
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("models", "list", "--dir", Directory));

        var lines = terminal.Output.TrimEnd().Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Matches(@"^  owner/broken  broken  .*config\.json is missing", lines[1]);
        Assert.Matches(@"^  table-model   bert +2 labels +32 pieces +[0-9.]+ (k)?B  [0-9a-f]{8}$", lines[2]);
    }

    [Fact]
    public async Task A_label_that_does_not_fit_the_scheme_is_shown_with_what_it_is_taken_for()
    {
        using var model = new TableModel(["O", "B-PER", "I-PER", "X"], ("Sarah", "B-PER"));
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("models", "show", model.Folder));
        Assert.Contains("4, bio2: O, B-PER, I-PER, X\n", terminal.Output);
        Assert.Contains("X is a placeholder and starts no entity\n", terminal.Output);
    }

    [Fact]
    public async Task Labels_without_names_are_good_and_verify_warns_of_them()
    {
        using var model = new TableModel(["LABEL_0", "LABEL_1"], ("London", "LABEL_1"));
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("models", "verify", model.Folder));
        Assert.Contains("the labels LABEL_0 to LABEL_1 are placeholders", terminal.Output);
    }

    [Fact]
    public async Task A_model_whose_graph_never_ends_is_bad_once_its_time_is_over()
    {
        _model.EndlessGraph();
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Model, await terminal.RunAsync("models", "verify", "--timeout", "00:00:01", _model.Folder));
        Assert.Contains("within --timeout, 00:00:01: it needs longer, or its graph loops for ever", terminal.Output);
    }

    [Fact]
    public async Task A_model_whose_graph_never_ends_on_the_text_alone_is_bad_once_its_time_is_over()
    {
        // "My name is Sarah and I live in London" and two special pieces.
        _model.GraphEndlessOn(pieces: 11);
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Model, await terminal.RunAsync("models", "verify", "--timeout", "00:00:02", _model.Folder));
        Assert.Contains("within --timeout, 00:00:02", terminal.Output);
    }

    [Fact]
    public async Task Who_asks_for_the_end_need_not_wait_for_a_graph_that_never_ends()
    {
        _model.EndlessGraph();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Interrupted, await terminal.RunAsync(stop.Token, "models", "verify", _model.Folder));
    }

    [Fact]
    public async Task A_graph_without_outputs_is_one_broken_model_in_the_list_and_not_its_end()
    {
        new OnnxFile().Input("input_ids").Save(Path.Combine(_model.Folder, "model.onnx"));
        using var good = new TableModel(["O", "B-LOC"], ("London", "B-LOC"));
        System.IO.Directory.Move(good.Folder, Path.Combine(Directory, "zoo"));
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("models", "list", "--dir", Directory));
        Assert.Matches("table-model +broken", terminal.Output);
        Assert.Matches("zoo +bert", terminal.Output);
    }

    [Fact]
    public async Task A_folder_with_a_pipe_in_place_of_a_file_that_is_not_needed_is_one_broken_model_in_the_list_and_not_its_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no pipes in folders");
        await Process.Start("mkfifo", Path.Combine(_model.Folder, "merges.txt")).WaitForExitAsync(TestContext.Current.CancellationToken);
        using var good = new TableModel(["O", "B-LOC"], ("London", "B-LOC"));
        System.IO.Directory.Move(good.Folder, Path.Combine(Directory, "zoo"));
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("models", "list", "--dir", Directory));
        Assert.Matches("table-model +broken .*merges.txt is no regular file", terminal.Output);
        Assert.Matches("zoo +bert", terminal.Output);
    }

    [Fact]
    public async Task Thousands_of_bad_rows_of_transitions_are_named_by_the_first_three()
    {
        using var model = new TableModel([.. Enumerable.Range(0, 1000).Select(i => i == 0 ? "O" : $"B-T{i}")], ("London", "B-T1"));
        var rows = string.Join(',', Enumerable.Repeat("[]", 1000));
        await File.WriteAllTextAsync(Path.Combine(model.Folder, "crf.json"),
            $$"""{"start":[],"end":[],"transitions":[{{rows}}]}""", TestContext.Current.CancellationToken);
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Model, await terminal.RunAsync("models", "verify", model.Folder));
        Assert.Equal(4, terminal.Output.Split("crf.json").Length - 1);
        Assert.Contains("crf.json: 999 more rows like these", terminal.Output);
    }

    [Fact]
    public async Task What_a_manifest_says_is_not_shown_when_it_is_as_long_as_a_book()
    {
        await File.WriteAllTextAsync(Path.Combine(_model.Folder, "streamner-manifest.json"), JsonSerializer.Serialize(new
        {
            repository = "owner/name",
            revision = "main",
            commit = "0123456789",
            endpoint = "https://hub.example",
            licence = new string('x', 500_000),
            model = "model.onnx",
            files = Array.Empty<object>(),
        }), TestContext.Current.CancellationToken);
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("models", "show", _model.Folder));
        Assert.InRange(terminal.Output.Length, 100, 5_000);
    }

    [Fact]
    public async Task The_list_is_json_lines_for_a_program()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("models", "list", "--json", "--dir", Directory));

        var entry = JsonDocument.Parse(terminal.Output).RootElement;
        Assert.Equal("table-model", entry.GetProperty("name").GetString());
        Assert.Equal(2, entry.GetProperty("labels").GetInt32());
        Assert.Empty(entry.GetProperty("problems").EnumerateArray());
    }

    [Fact]
    public async Task The_shipped_model_is_found_by_its_name_and_shown()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("models", "show", "en-ner-small"));
        Assert.Contains("family      gated-convolution\n", terminal.Output);
        Assert.Contains("labels      9, bio2: O, B-PER, ", terminal.Output);
        Assert.Contains("tokenizer   WordPiece, 28,000 pieces\n", terminal.Output);
        Assert.Contains("inputs      input_ids, attention_mask, token_type_ids\n", terminal.Output);
        Assert.Contains("precision   float32 logits\n", terminal.Output);
        Assert.Contains("window      512 pieces", terminal.Output);
    }

    [Fact]
    public async Task A_model_is_shown_as_json_for_a_program()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("models", "show", "--json", _model.Folder));

        var shown = JsonDocument.Parse(terminal.Output).RootElement;
        Assert.Equal(["O", "B-LOC"], shown.GetProperty("labels").EnumerateArray().Select(label => label.GetString()));
        Assert.Equal(("WordPiece", 6), (shown.GetProperty("tokenizer").GetProperty("kind").GetString(), shown.GetProperty("tokenizer")
            .GetProperty("vocabularySize").GetInt32()));
        Assert.Equal(32, shown.GetProperty("maxPieces").GetInt32());
    }

    [Fact]
    public async Task A_model_that_is_nowhere_is_told_with_the_places_that_were_looked_at()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("models", "show", "none", "--dir", Directory));
        Assert.Contains($"none is neither a folder nor a model in {Directory}", terminal.Error);
    }

    [Theory]
    [InlineData("config.json", "config.json is missing")]
    [InlineData("vocab.txt", "has no tokenizer")]
    [InlineData("model.onnx", "no model file")]
    public async Task A_missing_file_is_one_clear_message(string file, string expected)
    {
        File.Delete(Path.Combine(_model.Folder, file));
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Model, await terminal.RunAsync("models", "verify", _model.Folder));
        Assert.Contains(expected, Assert.Single(terminal.Output.Split('\n'), line => line.Contains("error", StringComparison.Ordinal)));
        Assert.Equal(ExitCodes.Model, await terminal.RunAsync("models", "show", _model.Folder));
        Assert.Contains(expected, Assert.Single(terminal.Error.Split('\n'), line => line.StartsWith("  - ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(1, 32, 0, 0, "the tokenizer gives ids up to 5")]
    [InlineData(0, 20, 0, 0, "allow 32 pieces, the model fails on so many")]
    [InlineData(0, 32, 3, 0, "id2label in config.json has 2 labels, the model's output 'logits' has 3")]
    [InlineData(0, 32, 0, 5, "can't be read as an ONNX model")]
    public async Task A_tensor_of_the_wrong_shape_is_one_clear_message(int missingRows, int positions, int columns, int positionColumns,
        string expected)
    {
        _model.Graph(missingRows, positions, columns, positionColumns);
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Model, await terminal.RunAsync("models", "verify", _model.Folder));
        Assert.Contains(expected, Assert.Single(terminal.Output.Split('\n'), line => line.Contains("error", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_whole_model_is_verified_up_to_a_text_that_goes_through_it()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("models", "verify", "--dir", Directory));
        Assert.Contains("note  files  no checksums are recorded", terminal.Output);
        Assert.Contains("ok    run    every piece has its row, 32 pieces fit", terminal.Output);
        Assert.Contains("ok    text   \"My name is Sarah and I live in London\": London LOC", terminal.Output);
    }

    [Fact]
    public async Task A_model_is_pulled_listed_verified_and_found_changed()
    {
        await using var hub = await HubServer.StartAsync(_model.Folder);
        var directory = System.IO.Directory.CreateTempSubdirectory("streamner-models-").FullName;
        try
        {
            var folder = Path.Combine(directory, "towns");
            var terminal = new TestTerminal();

            Assert.Equal(ExitCodes.Done, await terminal.RunAsync("models", "pull", "owner/name", "--as", "towns", "--dir", directory,
                "--endpoint", hub.Endpoint.AbsoluteUri));
            Assert.Equal($"{folder}\n", terminal.Output);
            Assert.Contains("streamner: model.onnx: ", terminal.Error);
            Assert.Contains(", checksum right\n", terminal.Error);
            Assert.Contains("licence, as the model card says: apache-2.0", terminal.Error);

            Assert.Equal(ExitCodes.Done, await terminal.RunAsync("models", "verify", folder));
            Assert.Contains($"ok    files  4 files are as they were pulled from owner/name, commit {HubServer.Commit}", terminal.Output);

            await File.AppendAllTextAsync(Path.Combine(folder, "vocab.txt"), "x\n", TestContext.Current.CancellationToken);
            Assert.Equal(ExitCodes.Model, await terminal.RunAsync("models", "verify", folder));
            Assert.Contains("vocab.txt has 36 bytes, 34 were pulled", terminal.Output);
        }
        finally
        {
            System.IO.Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_pull_that_fails_says_why()
    {
        await using var hub = await HubServer.StartAsync();
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Failed,
            await terminal.RunAsync("models", "pull", "owner/other", "--dir", Directory, "--endpoint", hub.Endpoint.AbsoluteUri));
        Assert.Contains("owner/other at main: there is no such repository", terminal.Error);
        Assert.Empty(terminal.Output);
    }

    [Fact]
    public async Task No_escape_sequence_of_a_hub_reaches_the_terminal()
    {
        await using var hub = await HubServer.StartAsync();
        hub.Files["\u001b[2J.onnx"] = [1];
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Failed,
            await terminal.RunAsync("models", "pull", "owner/name", "--dir", Directory, "--endpoint", hub.Endpoint.AbsoluteUri));
        Assert.Contains("[2J.onnx", terminal.Error);
        Assert.DoesNotContain('\u001b', terminal.Error);
    }

    [Fact]
    public async Task Everything_wrong_with_the_arguments_of_a_pull_is_said_at_once()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync(
            "models", "pull", "../../etc", "--revision", "../main", "--file", "../model.onnx", "--max-bytes", "0", "--endpoint",
                "http://mirror.example"));
        Assert.Equal(5, terminal.Error.Split('\n').Count(line => line.StartsWith("  - ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_folder_name_that_leaves_the_directory_is_refused()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("models", "pull", "owner/name", "--as", "../elsewhere"));
        Assert.Contains("--as '../elsewhere' is no folder name", terminal.Error);
    }
}
