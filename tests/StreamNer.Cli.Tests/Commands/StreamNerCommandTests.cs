using StreamNer.Actors;

namespace StreamNer.Cli.Tests.Commands;

public class StreamNerCommandTests
{
    [Theory]
    [InlineData("run")]
    [InlineData("demo")]
    [InlineData("label")]
    [InlineData("eval")]
    [InlineData("check")]
    [InlineData("broker")]
    [InlineData("tap")]
    [InlineData("top")]
    [InlineData("dlq")]
    [InlineData("dlq", "list")]
    [InlineData("dlq", "replay")]
    public async Task Every_verb_has_help_with_examples(params string[] verb)
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync([.. verb, "--help"]));
        Assert.Contains($"streamner {string.Join(' ', verb)}", terminal.Output);
        Assert.Contains("Examples:", terminal.Output);
        Assert.Empty(terminal.Error);
    }

    [Fact]
    public async Task Help_lists_the_verbs()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("--help"));
        Assert.Contains("label", terminal.Output);
        Assert.Contains("Examples:", terminal.Output);
    }

    [Fact]
    public async Task A_misspelt_verb_is_a_usage_error_with_the_one_that_was_meant()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("labl"));
        Assert.Contains("Did you mean 'label'?", terminal.Error);
        Assert.Empty(terminal.Output);
    }

    [Fact]
    public async Task No_verb_is_a_usage_error() => Assert.Equal(ExitCodes.Usage, await new TestTerminal().RunAsync());

    [Theory]
    [InlineData("--config", "check", "--config", "")]
    [InlineData("MODEL", "models", "show", "")]
    [InlineData("--dir", "models", "verify", "--dir", "")]
    [InlineData("--dir", "models", "pull", "a/b", "--dir", "")]
    [InlineData("FILE", "label", "")]
    public async Task An_empty_value_is_a_usage_error(string name, params string[] arguments)
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync(arguments));
        Assert.Contains($"{name} is empty", terminal.Error);
    }

    [Theory]
    [InlineData("--min-score", "label", "--min-score", "0,1")]
    [InlineData("--max-changed", "models", "optimize", "m", "--max-changed", "0,5")]
    public async Task A_number_with_a_comma_is_a_usage_error_and_no_other_number(string name, params string[] arguments)
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync(arguments));
        Assert.Contains($"{name} is '{arguments[^1]}', it must be a number such as 0.5", terminal.Error);
    }

    [Theory]
    [InlineData("one of pretty, json, conll, labels", "label", "--format", "xml")]
    [InlineData("one of utf16, codepoint, utf8", "label", "--offset-unit", "2")]
    [InlineData("one of default, strict", "eval", "--data", "a", "--mode", "hard")]
    [InlineData("one of plain, bio2, iob1, ioe2, bioes, bilou", "eval", "--data", "a", "--scheme", "bio")]
    [InlineData("one of plain, bio2, iob1, ioe2, bioes, bilou", "eval", "--data", "a", "--model-scheme", "0")]
    [InlineData("a whole number, at most 2147483647", "eval", "--data", "a", "--label-column", "2.5")]
    [InlineData("a whole number, at most 2147483647", "eval", "--data", "a", "--word-column", "two")]
    [InlineData("a whole number, at most 2147483647", "eval", "--data", "a", "--digits", "99999999999")]
    [InlineData("a whole number, at most 2147483647", "demo", "--documents", "1,000")]
    [InlineData("a whole number, at most 2147483647", "tap", "--count", "1e3")]
    [InlineData("a whole number, at most 2147483647", "dlq", "list", "--max", "all")]
    [InlineData("a whole number, at most 9223372036854775807", "models", "pull", "a/b", "--max-bytes", "1GB")]
    [InlineData("a whole number, at most 9223372036854775807", "models", "verify", "--max-memory", "1GB")]
    [InlineData("hours:minutes:seconds, such as 00:05:00", "models", "verify", "--timeout", "5m")]
    public async Task A_wrong_value_of_an_option_is_a_usage_error_that_says_what_it_must_be(string rule, params string[] arguments)
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync(arguments));
        Assert.Contains($"streamner: {arguments[^2]} is '{arguments[^1]}', it must be {rule}{Environment.NewLine}", terminal.Error);
    }
}
