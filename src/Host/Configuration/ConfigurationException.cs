namespace StreamNer.Host.Configuration;

/// <summary>The configuration can't be used. Carries everything that is wrong with it, not the first finding only.</summary>
internal sealed class ConfigurationException(IReadOnlyList<string> problems)
    : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>One line each: the key, its value, the limit, the way out.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;

    /// <summary>Throws when there is a problem.</summary>
    public static void ThrowIfAny(IReadOnlyList<string> problems)
    {
        if (problems.Count > 0)
            throw new ConfigurationException(problems);
    }
}
