using System.Text.Json;
using StreamNer.Actors;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Cli.Tests.Commands;

public sealed class EvalCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamner-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_shipped_model_is_evaluated_on_entities()
    {
        var data = Write("test.conll", "Sarah\tB-PER\nlives\tO\nin\tO\nLondon\tB-LOC\n.\tO\n\nThe\tO\nHague\tB-LOC\n");
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("eval", "--data", data, "--model", Repository.DefaultModel));
        Assert.Contains("2 sentences, 7 words; en-ner-small", terminal.Output);
        Assert.Contains("left out: ORG, the data does not have it", terminal.Output);
        Assert.Contains("         PER     1.0000    1.0000    1.0000         1\n", terminal.Output);
        Assert.Contains("streamner: 2 sentences, 7 words in", terminal.Error);
    }

    [Fact]
    public async Task Words_of_the_data_get_one_label_each_however_the_tokenizer_would_cut_them()
    {
        // The tokenizer makes three words of can't and two of Inc. ; the control character it drops.
        using var model = new TableModel(["X", "VERB", "NOUN"], ("can", "VERB"), ("Inc", "NOUN"), ("t", "X"));
        var data = Write("pos.conll", "can't\tVERB\nInc.\tNOUN\n\u0001\tNOUN\nsomething\tVERB\n");
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("eval", "--data", data, "--model", model.Folder));
        Assert.Contains("accuracy                         0.5000         4\n", terminal.Output);
        Assert.Contains("without a label: 1 word", terminal.Output);
    }

    [Fact]
    public async Task On_text_the_borders_of_words_count_whatever_the_tokenizer()
    {
        using var model = new PieceModel(
            ["O", "B-PER", "I-PER", "B-LOC"], ("▁John", "B-PER"), ("▁Smith", "I-PER"), ("▁London", "B-LOC"), ("London", "B-LOC"),
                ("北京", "B-LOC"));
        var data = Write(
            "test.conll",
            "John\tB-PER\nSmith\tI-PER\n,\tO\nof\tO\nLondon\tB-LOC\n,\tO\nsaid\tO\n:\tO\n\"\tO\n"
            + "London\tB-LOC\n\"\tO\n(\tO\nLondon\tB-LOC\n)\tO\n.\tO\n"
            + "\n我\tO\n在\tO\n北京\tB-LOC\n工作\tO\n");
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("eval", "--text", "--digits", "2", "--data", data, "--model", model.Folder));
        Assert.Contains(", on text", terminal.Output);
        Assert.Contains("micro avg       1.00      1.00      1.00         5\n", terminal.Output);
    }

    [Fact]
    public async Task On_text_words_without_prefixes_can_not_be_compared()
    {
        using var model = new TableModel(["X", "NOUN"], ("noun", "NOUN"));
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage,
            await terminal.RunAsync("eval", "--text", "--data", Write("pos.conll", "noun\tNOUN\n"), "--model", model.Folder));
        Assert.Contains("--text is for entities", terminal.Error);
    }

    [Fact]
    public async Task A_sentence_longer_than_the_model_keeps_a_label_for_each_word()
    {
        using var model = new TableModel(["X", "NOUN"], ("noun", "NOUN"));
        var data = Write("pos.conll", string.Concat(Enumerable.Repeat("noun\tNOUN\n", 1000)));
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("eval", "--data", data, "--model", model.Folder));
        Assert.Contains("accuracy                         1.0000      1000\n", terminal.Output);
        Assert.DoesNotContain("without a label", terminal.Output);
    }

    [Fact]
    public async Task A_sentence_that_fails_is_named_and_the_exit_code_tells_of_it()
    {
        using var model = new TableModel(["X", "NOUN"], ("noun", "NOUN"));
        var data = Write("pos.conll", "noun\tNOUN\n\n" + string.Concat(Enumerable.Repeat("noun\tNOUN\n", 99)));
        var terminal = new TestTerminal();

        Assert.Equal(
            ExitCodes.Failed, await terminal.RunAsync("eval", "--data", data, "--model", model.Folder, "--set", "Windows:OnTooLong=Fail"));
        Assert.Contains("sentence of line 3: text_too_long", terminal.Error);
        Assert.Contains("without a label: 99 words", terminal.Output);
    }

    [Fact]
    public async Task Json_is_an_object_a_line_and_a_line_a_data_set()
    {
        var first = Write("a.conll", "Sarah B-PER\nsings O\n");
        var second = Write("b.conll", "London I-LOC\nsings O\n");
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done,
            await terminal.RunAsync("eval", "--data", first, second, "--json", "--quiet", "--model", Repository.DefaultModel));

        var reports = terminal.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["bio2", "iob1"], reports.Select(report => report.GetProperty("dataScheme").GetString()));
        Assert.Equal("PER", reports[0].GetProperty("types")[0].GetProperty("type").GetString());
        Assert.Equal(1, reports[0].GetProperty("micro").GetProperty("support").GetInt32());
        Assert.Empty(terminal.Error);
    }

    [Fact]
    public async Task Everything_wrong_with_data_and_options_is_said_before_a_sentence_is_labelled()
    {
        var broken = Write("broken.conll", "Sarah\n");
        var terminal = new TestTerminal();

        Assert.Equal(
            ExitCodes.Usage, await terminal.RunAsync("eval", "--data", broken, "none.conll", _folder, "--model", Repository.DefaultModel));
        Assert.Contains("broken.conll, line 1: 1 column", terminal.Error);
        Assert.Contains("none.conll: there is no such file", terminal.Error);
        Assert.Contains("is a folder", terminal.Error);
        Assert.Equal(
            ExitCodes.Usage, await terminal.RunAsync("eval", "--data", broken, "--map", "A", "--digits", "-1", "--label-column", "0"));
        Assert.Contains("--map A: it must be A=B", terminal.Error);
        Assert.Contains("--digits -1", terminal.Error);
        Assert.Contains("--label-column 0", terminal.Error);
    }

    [Fact]
    public async Task An_option_that_it_does_not_have_is_told_from_a_file()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("eval", "--data", Path.Combine(_folder, "none.conll"), "--rules"));
        Assert.Contains("--rules is not an option", terminal.Error);
    }

    [Fact]
    public async Task Labels_of_pieces_are_refused()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("eval", "--data", Write("a.conll", "Sarah B-PER\n"), "--set",
            "Words:Aggregation=Simple", "--model", Repository.DefaultModel));
        Assert.Contains("StreamNer:Words:Aggregation is Simple", terminal.Error);
    }

    [Fact]
    public async Task Two_models_at_once_are_refused()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage,
            await terminal.RunAsync("eval", "--data", Write("a.conll", "Sarah B-PER\n"), "--model", "one", "--model", "two"));
        Assert.Contains("--model is given 2 times, eval takes one model", terminal.Error);
    }

    private string Write(string name, string text)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllText(file, text);
        return file;
    }
}
