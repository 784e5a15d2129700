using StreamNer.Inference.Rules;

namespace StreamNer.Host.Configuration;

/// <summary>Finds and reads the rules that a configuration names.</summary>
internal static class RulesFile
{
    /// <summary>Reads them: from the current directory, else from beside the executable, where the product's example lies.</summary>
    /// <param name="options">The rules as configured.</param>
    /// <param name="problems">Receives every problem of the file.</param>
    /// <returns>Null when none are configured, or when there is a problem.</returns>
    public static EntityRules? Read(RuleOptions options, ICollection<string> problems)
    {
        if (!options.IsOn)
            return null;

        var shipped = Path.Combine(AppContext.BaseDirectory, options.Path);
        return EntityRules.Load(File.Exists(options.Path) || !File.Exists(shipped) ? options : options with { Path = shipped }, problems);
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="ConfigurationException">The file can't be used; it names every problem.</exception>
    public static EntityRules? Read(RuleOptions options)
    {
        List<string> problems = [];
        var rules = Read(options, problems);
        ConfigurationException.ThrowIfAny(problems);
        return rules;
    }
}
