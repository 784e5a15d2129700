using StreamNer.Inference.Rules;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Rules;

public class RuleFileReaderTests
{
    [Fact]
    public void The_example_that_ships_has_no_problem()
    {
        List<string> problems = [];
        var rules = EntityRules.Load(new RuleOptions { Path = Repository.File("config", "rules-example.jsonl") }, problems);
        Assert.Empty(problems);
        Assert.Equal(("rules-example.jsonl", 7), (rules!.Name, rules.Count));
    }

    [Theory]
    [InlineData("{", "not valid JSON at byte 2")]
    [InlineData("[]", "a JSON Array")]
    [InlineData("""{"label": "X", "label": "Y", "pattern": "a"}""", "not valid JSON")]
    [InlineData("""{"pattern": "a"}""", "label is missing")]
    [InlineData("""{"label": " ", "pattern": "a"}""", "label is empty")]
    [InlineData("""{"label": 1, "pattern": "a"}""", "label is Number, it must be text")]
    [InlineData("""{"label": "X", "id": 7, "pattern": "a"}""", "id is Number, it must be text")]
    [InlineData("""{"label": "X"}""", "pattern is missing")]
    [InlineData("""{"label": "X", "pattern": "  "}""", "pattern is empty")]
    [InlineData("""{"label": "X", "pattern": true}""", "pattern is True")]
    [InlineData("""{"label": "X", "pattern": [{"LOWER": "apple"}]}""",
        "token patterns as spaCy has them are not read; write the phrase as text")]
    [InlineData("""{"label": "X", "pattern": {"LOWER": "apple"}}""", "must be {\"regex\": \"...\"} and nothing else")]
    [InlineData("""{"label": "X", "pattern": {"regex": "a", "flags": "i"}}""", "must be {\"regex\": \"...\"} and nothing else")]
    [InlineData("""{"label": "X", "pattern": {"regex": ""}}""", "has 0 characters, it must have 1 to 10000")]
    [InlineData("""{"label": "X", "pattern": {"regex": "(a"}}""", "regex '(a' is no regular expression of .NET")]
    [InlineData("""{"label": "X", "pattern": "a", "lable": "Y"}""", "'lable' is not known; a rule has label, pattern and, if wanted, id")]
    public void A_line_that_is_not_understood_is_named_with_the_reason(string line, string reason)
    {
        var (rules, problems) = RuleLines.Read(new(), """{"label": "ORG", "pattern": "Acme"}""", "", line);
        Assert.Null(rules);
        var problem = Assert.Single(problems);
        Assert.StartsWith("rules.jsonl, line 3: ", problem, StringComparison.Ordinal);
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        var (_, problems) = RuleLines.Read(new(), "x", """{"label": "ORG"}""", """{"pattern": {"regex": "("}}""");
        Assert.Equal([1, 2, 3, 3], problems.Select(problem => problem["rules.jsonl, line ".Length] - '0'));
    }

    [Fact]
    public void Of_very_many_problems_the_first_are_told_and_the_rest_is_counted()
    {
        var (_, problems) = RuleLines.Read(new(), Enumerable.Repeat("x", 80));
        Assert.Equal((51, "rules.jsonl has 30 more problems"), (problems.Count, problems[^1]));
    }

    [Fact]
    public void Limits_are_named_with_value_and_key()
    {
        Assert.Contains("has 39 bytes, the limit is 37 (StreamNer:Rules:MaxFileBytes)", Problem(new RuleOptions { MaxFileBytes = 37 },
            """{"label": "ORG", "pattern": "Acme Co"}"""), StringComparison.Ordinal);
        Assert.Contains("line 2: the file has more than 1 rules, the limit of StreamNer:Rules:MaxPatterns",
            Problem(new RuleOptions { MaxPatterns = 1 }, Rule("a"), Rule("b")), StringComparison.Ordinal);
        Assert.Contains("has 1001 characters, the limit of a phrase is 1000", Problem(new(), Rule(new string('a', 1001))),
            StringComparison.Ordinal);
        Assert.Contains("has 101 characters, the limit is 100", Problem(new(),
            $$"""{"label": "{{new string('L', 101)}}", "pattern": "a"}"""), StringComparison.Ordinal);
        var labels = Enumerable.Range(0, 1001).Select(i => $$"""{"label": "L{{i}}", "pattern": "a{{i}}"}""");
        Assert.Contains("is one too many: a file may have 1000 labels", Problem(new(), [.. labels]), StringComparison.Ordinal);
        var expressions = Enumerable.Range(0, 1001).Select(i => $$$"""{"label": "L", "pattern": {"regex": "a{{{i}}}"}}""");
        Assert.Contains(
            "is one too many: a file may have 1000 regular expressions", Problem(new(), [.. expressions]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_missing_or_empty_is_named()
    {
        List<string> problems = [];
        Assert.Null(EntityRules.Load(new RuleOptions { Path = "no/such.jsonl" }, problems));
        Assert.NotEmpty(problems);
        Assert.Contains("holds no rule", Problem(new(), ""), StringComparison.Ordinal);
    }

    [Fact]
    public void A_phrase_with_two_labels_is_refused_and_one_that_is_repeated_counts_once()
    {
        var twice = """{"label": "ORG", "pattern": "acme  Ltd"}""";
        Assert.Contains("line 2: phrase 'acme  Ltd' is labelled ORG, but line 1 labels 'Acme Ltd' L",
            Problem(new RuleOptions { IgnoreCase = true }, Rule("Acme Ltd"), twice), StringComparison.Ordinal);
        Assert.Single(new RuleMatcher(RuleLines.Load(new(), Rule("Acme"), Rule("Acme"))).Match("Acme").Entities);
    }

    [Fact]
    public void The_hash_changes_with_the_rules_and_with_what_changes_their_matches()
    {
        string[] hashes =
        [
            RuleLines.Load(new(), Rule("a")).Hash,
            RuleLines.Load(new(), Rule("b")).Hash,
            RuleLines.Load(new RuleOptions { IgnoreCase = true }, Rule("a")).Hash,
            RuleLines.Load(new RuleOptions { Conflict = RuleConflict.Model }, Rule("a")).Hash,
        ];
        Assert.Equal(4, hashes.Distinct().Count());
        Assert.Equal(hashes[0], RuleLines.Load(new RuleOptions { MatchTimeout = TimeSpan.FromSeconds(1) }, Rule("a")).Hash);
    }

    [Theory]
    [InlineData(0, 1, 1, "MatchTimeout is 00:00:00")]
    [InlineData(61, 1, 1, "MatchTimeout is 00:01:01")]
    [InlineData(1, 0, 1, "MaxPatterns is 0")]
    [InlineData(1, 1, 0, "MaxFileBytes is 0")]
    public void Options_outside_of_their_limits_are_named(int seconds, int patterns, int bytes, string problem) =>
        Assert.Contains(
            problem, Assert.Single(new RuleOptions
            {
                MatchTimeout = TimeSpan.FromSeconds(seconds),
                MaxPatterns = patterns,
                MaxFileBytes = bytes
            }.Problems()), StringComparison.Ordinal);

    private static string Rule(string phrase) => $$"""{"label": "L", "pattern": "{{phrase}}"}""";

    private static string Problem(RuleOptions options, params string[] lines) => Assert.Single(RuleLines.Read(options, lines).Problems);
}
