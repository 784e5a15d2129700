using StreamNer.Inference.Rules;

namespace StreamNer.TestSupport.Inference;

/// <summary>Rules from the lines of a file that exists only while it is read.</summary>
internal static class RuleLines
{
    /// <summary>Reads lines that must have no problem.</summary>
    public static EntityRules Load(RuleOptions options, params IEnumerable<string> lines)
    {
        var (rules, problems) = Read(options, lines);
        return rules ?? throw new ArgumentException(string.Join(Environment.NewLine, problems), nameof(lines));
    }

    /// <summary>Reads lines, and says what is wrong with them; the file's path is cut off.</summary>
    public static (EntityRules? Rules, IReadOnlyList<string> Problems) Read(RuleOptions options, params IEnumerable<string> lines)
    {
        var folder = Directory.CreateTempSubdirectory("streamner-rules-");
        try
        {
            var file = Path.Combine(folder.FullName, "rules.jsonl");
            File.WriteAllLines(file, lines);
            List<string> problems = [];
            var rules = EntityRules.Load(options with { Path = file }, problems);
            return (rules, [.. problems.Select(problem => problem.Replace(file, "rules.jsonl", StringComparison.Ordinal))]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
