namespace StreamNer.Cli;

/// <summary>The arguments name something that can't be used. Carries everything that is wrong, one line each.</summary>
internal sealed class ArgumentsException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>One line each: the argument, its value, the way out.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;

    /// <summary>Throws when there is a problem.</summary>
    public static void ThrowIfAny(IReadOnlyList<string> problems)
    {
        if (problems.Count > 0)
            throw new ArgumentsException(problems);
    }
}
