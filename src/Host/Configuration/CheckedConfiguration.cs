using Microsoft.Extensions.Configuration;

namespace StreamNer.Host.Configuration;

/// <summary>A configuration in which every key is known and every value fits its type.</summary>
internal sealed class CheckedConfiguration
{
    private CheckedConfiguration(IConfiguration values) => Values = values;

    /// <summary>The values, as they were written.</summary>
    public IConfiguration Values { get; }

    /// <summary>Checks keys and types.</summary>
    /// <exception cref="ConfigurationException">A key is unknown or a value does not fit; it names all of them.</exception>
    public static CheckedConfiguration Of(IConfiguration values)
    {
        ConfigurationException.ThrowIfAny([.. KnownSections.Keys.Check(values).Select(finding => finding.Problem)]);
        return new CheckedConfiguration(values);
    }

    /// <summary>Binds a section.</summary>
    public T Get<T>(string section)
        where T : new() => Values.GetSection(section).Get<T>() ?? new T();
}
