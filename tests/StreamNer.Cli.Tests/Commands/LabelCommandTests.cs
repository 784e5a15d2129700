using StreamNer.Actors;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Cli.Tests.Commands;

public sealed class LabelCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamner-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Labels_are_printed_one_for_each_word_and_punctuation_mark()
    {
        var terminal = new TestTerminal("John Lenon was born in London and lived in Paris. My name is Sarah and I live in London\n");

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("label", "--format", "labels", "--model", Repository.DefaultModel));
        Assert.Equal(20, terminal.Output.Trim().Split(' ').Length);
        Assert.StartsWith("B-PER I-PER O O O B-LOC", terminal.Output);
    }

    [Fact]
    public async Task A_model_whose_graph_never_ends_is_given_up_after_the_time_for_loading()
    {
        using var model = new TableModel(["O", "B-LOC"], ("London", "B-LOC"));
        model.EndlessGraph();
        var terminal = new TestTerminal("London\n");

        Assert.Equal(
            ExitCodes.Model, await terminal.RunAsync("label", "--model", model.Folder, "--set", "Recognition:LoadTimeout=00:00:01"));
        Assert.Contains("Recognition:LoadTimeout, 00:00:01", terminal.Error);
    }

    [Fact]
    public async Task Who_asks_for_the_end_need_not_wait_for_a_graph_that_never_ends()
    {
        using var model = new TableModel(["O", "B-LOC"], ("London", "B-LOC"));
        model.EndlessGraph();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var terminal = new TestTerminal("London\n");

        Assert.Equal(ExitCodes.Interrupted, await terminal.RunAsync(stop.Token, "label", "--model", model.Folder));
    }

    [Fact]
    public async Task More_labels_than_can_all_be_held_against_each_other_are_refused_where_sequences_are_asked_for()
    {
        using var model = new TableModel([.. Enumerable.Range(0, 2049).Select(i => i == 0 ? "O" : $"B-T{i}")], ("London", "B-T1"));
        var terminal = new TestTerminal("London\n");

        Assert.Equal(ExitCodes.Model,
            await terminal.RunAsync("label", "--model", model.Folder, "--set", "Words:Decoding=Constrained"));
        Assert.Contains("Words:Decoding is Constrained, the model has 2049 labels, which is more than the 2048", terminal.Error);
        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("label", "--model", model.Folder));
    }

    [Fact]
    public async Task Output_keeps_the_order_of_the_input_over_several_files()
    {
        var first = Write("first.txt", string.Concat(Enumerable.Range(0, 700).Select(i => $"document {i}\n")));
        var second = Write("second.txt", "last\n");
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("label", "-f", "pretty", "-m", Repository.DefaultModel, first, second));
        Assert.Equal([.. Enumerable.Range(0, 700).Select(i => $"document {i}"), "last"], terminal.Output.TrimEnd().Split('\n')
            .Select(WithoutMarks));
    }

    [Fact]
    public async Task Results_are_json_when_a_program_reads_them()
    {
        var terminal = new TestTerminal("Sarah lives in London\n");

        await terminal.RunAsync("label", "-m", Repository.DefaultModel);

        Assert.StartsWith("""{"document":"stdin:1",""", terminal.Output);
    }

    [Fact]
    public async Task Entities_below_the_least_score_are_left_out_of_what_is_written_and_counted()
    {
        var terminal = new TestTerminal("Sarah lives in London\n");

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("label", "-f", "json", "-m", Repository.DefaultModel, "--min-score", "1"));
        Assert.Contains("\"entities\":[]", terminal.Output);
        Assert.Contains("0 entities", terminal.Error);
    }

    [Fact]
    public async Task A_least_score_above_one_is_refused_by_name()
    {
        var terminal = new TestTerminal("Sarah\n");

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("label", "-m", Repository.DefaultModel, "--min-score", "2"));
        Assert.Contains("Output:MinScore is 2, it must be between 0 and 1", terminal.Error);
    }

    [Fact]
    public async Task A_least_score_of_a_label_that_nothing_has_is_refused_with_the_one_that_was_meant()
    {
        var terminal = new TestTerminal("Sarah\n");

        Assert.Equal(
            ExitCodes.Usage,
            await terminal.RunAsync(
                "label", "-m", Repository.DefaultModel, "-s", "Output:MinScoreOf:PERS=0.9", "-s", "Output:MinScoreOf:loc=1"));
        Assert.Contains("Output:MinScoreOf names 'PERS', which no entity is called: there are LOC, MISC, ORG, PER; did you mean PER?",
            terminal.Error);
        Assert.DoesNotContain("loc", terminal.Error);
    }

    [Theory]
    [InlineData("utf16", 3, 8)]
    [InlineData("codepoint", 2, 7)]
    [InlineData("utf8", 5, 10)]
    public async Task Places_are_counted_in_the_unit_that_is_asked_for(string unit, int start, int end)
    {
        var terminal = new TestTerminal("\uFEFF😀 Sarah lives in London\n");

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("label", "-f", "json", "-m", Repository.DefaultModel, "--offset-unit", unit));
        Assert.Contains($"\"offsetUnit\":\"{unit}\"", terminal.Output);
        Assert.Contains($$"""{"start":{{start}},"end":{{end}},"text":"Sarah",""", terminal.Output);
    }

    [Fact]
    public async Task The_configuration_says_what_a_word_is_and_asks_for_sentences()
    {
        var terminal = new TestTerminal("Sarah can't stay in\\nLondon. She left.\n");

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("label", "-f", "json", "--tokens", "-m", Repository.DefaultModel,
            "--set", "Words:Source=Tokens", "--set", "Words:Aggregation=First", "--set", "Words:CleanUp=InplaceFull", "--set",
                "Words:Sentences=true", "--set", "Words:IgnoreLabels=PER,LOC"));
        Assert.Contains("""{"start":6,"end":11,"text":"can't",""", terminal.Output);
        Assert.Contains("""{"start":21,"end":27,"text":"London",""", terminal.Output);
        Assert.Contains("\"sentences\":[{\"start\":0,\"end\":28},{\"start\":29,\"end\":38}]", terminal.Output);
        Assert.Contains("\"label\":\"O\"", terminal.Output[..terminal.Output.IndexOf("\"tokens\"", StringComparison.Ordinal)]);
        Assert.DoesNotContain("\"label\":\"PER\"", terminal.Output);
    }

    [Fact]
    public async Task A_line_that_is_not_utf8_is_named_and_the_exit_code_tells_of_it()
    {
        var file = Path.Combine(_folder, "broken.txt");
        await File.WriteAllBytesAsync(file, [.. "one\n"u8, 0xC3, 0x28, (byte)'\n', .. "three\n"u8], TestContext.Current.CancellationToken);
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Failed, await terminal.RunAsync("label", "-f", "labels", "-m", Repository.DefaultModel, file));
        Assert.Contains("broken.txt, line 2: not valid UTF-8 at byte 0", terminal.Error);
        Assert.Equal(2, terminal.Output.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public async Task A_document_that_fails_is_named_with_its_code()
    {
        var terminal = new TestTerminal($"short\n{string.Concat(Enumerable.Repeat("word ", 2000))}\n");

        Assert.Equal(ExitCodes.Failed,
            await terminal.RunAsync("label", "-f", "labels", "-m", Repository.DefaultModel, "--set", "Windows:OnTooLong=Fail"));
        Assert.Contains("stdin, line 2: text_too_long", terminal.Error);
        Assert.Contains("1 failed", terminal.Error);
    }

    [Fact]
    public async Task A_whole_file_is_one_document()
    {
        var letter = Write("letter.txt", "Dear Sarah,\nI live in London.\n");
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("label", "--whole", "-f", "labels", "-m", Repository.DefaultModel, letter));
        Assert.Single(terminal.Output.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task An_escape_sequence_in_the_text_never_reaches_the_output()
    {
        var terminal = new TestTerminal("Sarah \u001b[2J lives in \u001b]0;London\u0007\n");

        await terminal.RunAsync("label", "-f", "pretty", "-m", Repository.DefaultModel);

        Assert.DoesNotContain('\u001b', terminal.Output);
        Assert.DoesNotContain('\u0007', terminal.Output);
    }

    [Fact]
    public async Task Files_that_do_not_exist_are_all_named_before_anything_is_labelled()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("label", "one.txt", "two.txt", _folder));
        Assert.Contains("one.txt: there is no such file", terminal.Error);
        Assert.Contains("two.txt: there is no such file", terminal.Error);
        Assert.Contains("is a folder", terminal.Error);
    }

    [Fact]
    public async Task A_misspelt_option_is_not_taken_for_a_file()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("label", "--fromat", "json"));
        Assert.Contains("--fromat is not an option; did you mean --format?", terminal.Error);
    }

    [Fact]
    public async Task A_model_folder_that_does_not_exist_is_a_model_error()
    {
        var terminal = new TestTerminal("x\n");

        Assert.Equal(ExitCodes.Model, await terminal.RunAsync("label", "--model", Path.Combine(_folder, "none")));
        Assert.Contains("does not exist", terminal.Error);
    }

    [Fact]
    public async Task Wrong_configuration_is_told_all_at_once()
    {
        var terminal = new TestTerminal("x\n");

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("label", "--set", "Kafak:X=1", "--set", "Windows:OverlapPieces=-1"));
        Assert.Contains("did you mean Kafka?", terminal.Error);
        Assert.Contains("StreamNer:Windows:OverlapPieces is -1", terminal.Error);
    }

    [Fact]
    public async Task Being_asked_to_stop_has_an_exit_code_of_its_own()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        Assert.Equal(ExitCodes.Interrupted, await new TestTerminal("x\n").RunAsync(stop.Token, "label", "-m", Repository.DefaultModel));
    }

    [Fact]
    public async Task Quiet_writes_nothing_to_standard_error()
    {
        var terminal = new TestTerminal("x\n");

        await terminal.RunAsync("label", "--quiet", "-m", Repository.DefaultModel);

        Assert.Empty(terminal.Error);
    }

    private string Write(string name, string text)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllText(file, text);
        return file;
    }

    private static string WithoutMarks(string line) =>
        System.Text.RegularExpressions.Regex.Replace(line, @"\[(.*?) [A-Z]+\]", "$1");
}
