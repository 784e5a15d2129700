using StreamNer.Actors;
using StreamNer.Cli.Tests.Commands;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Cli.Tests;

/// <summary>Two models and rules, in the verbs.</summary>
public sealed class SeveralModelsTests : IDisposable
{
    private readonly TaggerCopy _tagger = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("streamner-").FullName;
    private readonly string _rules;

    public SeveralModelsTests()
    {
        _rules = Path.Combine(_folder, "rules.jsonl");
        File.WriteAllText(_rules, """{"label": "ORG", "pattern": "Royal Society", "id": "rs"}""" + "\n");
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _tagger.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("pretty", "rules", 3)]
    [InlineData("conll", "\tB-ORG\n", 9)]
    [InlineData("json", "\"source\":\"rules\",\"id\":\"rs\"", 1)]
    [InlineData("labels", "\t", 1)]
    public async Task Label_prints_both_models_in_every_format(string format, string part, int lines)
    {
        var terminal = new TestTerminal("Sarah of the Royal Society lives in London\n");

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("label", "-q", "-f", format, "--model", Repository.DefaultModel, "--model",
            _tagger.Folder, "--rules", _rules));
        Assert.Contains(part, terminal.Output, StringComparison.Ordinal);
        Assert.Equal(lines, terminal.Output.TrimEnd('\n').Split('\n').Length + (format == "conll" ? 1 : 0));
    }

    [Fact]
    public async Task Check_looks_at_all_models_and_the_rules()
    {
        var good = new TestTerminal();
        Assert.Equal(ExitCodes.Done,
            await good.RunAsync("check", "--offline", "--model", Repository.DefaultModel, "--model", _tagger.Folder, "--rules", _rules));
        Assert.Contains("rules.jsonl", good.Output, StringComparison.Ordinal);

        await File.WriteAllTextAsync(_rules, "x\n{}\n", Stop);
        var bad = new TestTerminal();
        Assert.Equal(ExitCodes.Usage, await bad.RunAsync("check", "--offline", "--model", Path.Combine(_folder, "none"), "--model",
            Path.Combine(_folder, "neither"), "--rules", _rules));
        Assert.All(["line 1: ", "line 2: ", "none does not exist", "neither does not exist"], problem =>
            Assert.Contains(problem, bad.Output, StringComparison.Ordinal));
    }
}
