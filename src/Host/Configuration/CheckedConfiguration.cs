
namespace StreamNer.Host.Configuration;

/// <summary>A configuration in which every key is known and every value fits its type.</summary>
internal sealed class CheckedConfiguration
{
    private const int MostProblems = 50;

    private CheckedConfiguration(IConfiguration values, IReadOnlyList<string> problems)
    {
        Values = values;
        Problems = problems;
    }

    /// <summary>The values that can be bound. Those with a problem are left out, so that the rest can be checked further.</summary>
    public IConfiguration Values { get; }

    /// <summary>Every unknown key and every value of the wrong type.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Checks keys and types.</summary>
    public static CheckedConfiguration Of(IConfiguration written)
    {
        var values = KnownSections.Keys.SplitLists(written);
        var findings = KnownSections.Keys.Check(values);
        var usable = values.AsEnumerable().Where(pair => pair.Value is not null && !findings.Any(finding => Covers(finding.Key, pair.Key)));
        return new CheckedConfiguration(new ConfigurationBuilder().AddInMemoryCollection(usable)
            .Build(), Told(findings));
    }

    /// <summary>Binds a section.</summary>
    public T Get<T>(string section)
        where T : new() => Values.GetSection(section).Get<T>() ?? new T();

    private static string[] Told(IReadOnlyList<(string Key, string Problem)> findings) =>
    [
        .. findings.Take(MostProblems).Select(finding => finding.Problem),
        .. findings.Count > MostProblems ? [$"and {findings.Count - MostProblems} more keys and values like these"] : Array.Empty<string>(),
    ];

    private static bool Covers(string section, string key) =>
        key.StartsWith(section, StringComparison.OrdinalIgnoreCase)
        && (key.Length == section.Length || key[section.Length] == ConfigurationPath.KeyDelimiter[0]);
}
