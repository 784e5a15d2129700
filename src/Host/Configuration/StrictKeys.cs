using System.ComponentModel;
using System.Globalization;
using System.Reflection;

namespace StreamNer.Host.Configuration;

/// <summary>Holds what a user wrote against what the product knows: every key must exist and every value must fit its type.</summary>
/// <remarks>
/// The options binder stops at its first finding and knows nothing of a misspelt section. This walk finds all of them at once
/// and names what was probably meant.
/// </remarks>
internal sealed class StrictKeys
{
    /// <summary>Longer than any wait makes sense, and short enough for every timer.</summary>
    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(1);

    /// <summary>The one section that is ours.</summary>
    public const string Root = "StreamNer";

    private readonly Node _root = new();

    /// <summary>Makes the known keys from the options types and the sections they are bound to.</summary>
    public StrictKeys(IEnumerable<(string Section, Type Options)> sections)
    {
        foreach (var (section, options) in sections)
        {
            var node = _root;
            foreach (var part in section.Split(ConfigurationPath.KeyDelimiter).Skip(1))
                node = node.Child(part);
            node.Type = options;
        }
    }

    /// <summary>Finds every unknown key and every value of the wrong type.</summary>
    /// <returns>The full key and the problem, in the order of the keys.</returns>
    public IReadOnlyList<(string Key, string Problem)> Check(IConfiguration configuration)
    {
        List<(string, string)> problems = [];
        foreach (var section in configuration.GetSection(Root).GetChildren())
            Check(_root, section, problems);
        return problems;
    }

    /// <summary>Every key there is, as <c>Kafka:GroupId</c>; an entry of a list is <c>0</c>.</summary>
    public IEnumerable<string> Paths() => _root.Children.SelectMany(child => Paths(child.Key, child.Value));

    /// <summary>
    /// Lets a list of plain values be written as one value, <c>InputTopics=news,mail</c>, which then replaces the whole list.
    /// </summary>
    /// <remarks>
    /// Written by index, entries of several sources are mixed: the second one of a file would stay behind the first one of an argument.
    /// </remarks>
    public IConfiguration SplitLists(IConfiguration configuration)
    {
        var values = configuration.GetSection(Root).AsEnumerable().Where(pair => pair.Value is not null)
            .ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in values.ToArray())
        {
            if (!IsListOfValues(key))
                continue;

            foreach (var entry in values.Keys.Where(other =>
                other.StartsWith(key + ConfigurationPath.KeyDelimiter, StringComparison.OrdinalIgnoreCase)).ToArray())
            {
                values.Remove(entry);
            }

            values.Remove(key);
            var entries = value!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            for (var i = 0; i < entries.Length; i++)
                values[ConfigurationPath.Combine(key, i.ToString(CultureInfo.InvariantCulture))] = entries[i];
        }

        return new ConfigurationBuilder().AddInMemoryCollection(values).Build();
    }

    private static IEnumerable<string> Paths(string path, Node node) =>
        node.Type is { } type ? Paths(path, type)
            : node.Children.SelectMany(child => Paths(ConfigurationPath.Combine(path, child.Key), child.Value));

    private static IEnumerable<string> Paths(string path, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (IsScalar(type) || ElementOfDictionary(type) is not null)
            return [path];
        if (ElementOfList(type) is { } element)
            return IsScalar(element) ? [path] : Paths(ConfigurationPath.Combine(path, "0"), element);
        return Properties(type).SelectMany(property => Paths(ConfigurationPath.Combine(path, property.Key), property.Value.PropertyType));
    }

    private bool IsListOfValues(string path)
    {
        var node = _root;
        Type? type = null;
        foreach (var part in path.Split(ConfigurationPath.KeyDelimiter).Skip(1))
        {
            if (type is null && node.Children.TryGetValue(part, out var child))
            {
                (node, type) = (child, child.Type);
            }
            else if (type is not null && ElementOfDictionary(type) is null && ElementOfList(type) is null
                && Properties(type).TryGetValue(part, out var property))
            {
                type = property.PropertyType;
            }
            else
            {
                return false;
            }
        }

        return type is not null && !IsScalar(type) && ElementOfDictionary(type) is null && ElementOfList(type) is { } element
            && IsScalar(element);
    }

    private static void Check(Node parent, IConfigurationSection section, List<(string, string)> problems)
    {
        if (parent.Children.TryGetValue(section.Key, out var node))
        {
            if (node.Type is { } type)
                Check(type, section, problems);
            else
                CheckChildren(node, section, problems);
            return;
        }

        problems.Add((section.Path, Unknown(section.Path, section.Key, parent.Children.Keys)));
    }

    private static void CheckChildren(Node node, IConfigurationSection section, List<(string, string)> problems)
    {
        if (section.Value is { Length: > 0 } value)
            problems.Add((section.Path, $"{section.Path} is '{value}', it must be a section with keys of its own"));
        foreach (var child in section.GetChildren())
            Check(node, child, problems);
    }

    private static void Check(Type type, IConfigurationSection section, List<(string, string)> problems)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (IsScalar(type))
            CheckScalar(type, section, problems);
        else if (ElementOfDictionary(type) is { } entry)
            CheckEach(entry, section, $"a section with keys of its own, as in {section.Path}:NAME", problems);
        else if (ElementOfList(type) is { } element)
            CheckList(element, section, problems);
        else
            CheckProperties(type, section, problems);
    }

    private static void CheckEach(Type element, IConfigurationSection section, string expected, List<(string, string)> problems)
    {
        // Not its value: settings of the client library hold secrets.
        if (section.Value is { Length: > 0 })
            problems.Add((section.Path, $"{section.Path} is a plain value, it must be {expected}"));
        foreach (var child in section.GetChildren())
            Check(element, child, problems);
    }

    private static void CheckList(Type element, IConfigurationSection section, List<(string, string)> problems)
    {
        CheckEach(element, section, $"a list of sections, as in {section.Path}:0", problems);
        foreach (var child in section.GetChildren().Where(child => !IsIndex(child.Key)))
        {
            problems.Add((child.Path, $"{child.Path} is no entry of a list, it must be one by its number, as in {section.Path}:0"));
        }
    }

    private static bool IsIndex(string key) => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static void CheckProperties(Type type, IConfigurationSection section, List<(string, string)> problems)
    {
        if (section.Value is { Length: > 0 } value)
            problems.Add((section.Path, $"{section.Path} is '{value}', it must be a section with keys of its own"));

        var properties = Properties(type);
        foreach (var child in section.GetChildren())
        {
            if (properties.TryGetValue(child.Key, out var property))
                Check(property.PropertyType, child, problems);
            else
                problems.Add((child.Path, Unknown(child.Path, child.Key, properties.Keys)));
        }
    }

    private static void CheckScalar(Type type, IConfigurationSection section, List<(string, string)> problems)
    {
        if (section.GetChildren().Any())
        {
            problems.Add((section.Path, $"{section.Path} has keys of its own, it must be a plain value ({Expected(type)})"));
            return;
        }

        if (section.Value is null || type == typeof(string))
            return;

        try
        {
            var value = TypeDescriptor.GetConverter(type).ConvertFromInvariantString(section.Value);
            if (type.IsEnum && !Enum.GetNames(type).Contains(section.Value.Trim(), StringComparer.OrdinalIgnoreCase))
                problems.Add((section.Path, $"{section.Path} is '{section.Value}', it must be {Expected(type)}"));
            else if (value is TimeSpan time && time != TimeSpan.Zero && !section.Value.Contains(':', StringComparison.Ordinal))
                problems.Add((section.Path, $"{section.Path} is '{section.Value}', which would be days; it must be {Expected(type)}"));
            else if (value is TimeSpan span && span > LongestTime)
                problems.Add((section.Path, $"{section.Path} is '{section.Value}', it must be at most {LongestTime} (a day)"));
        }
        catch (Exception notConvertible) when (notConvertible is FormatException or ArgumentException or NotSupportedException
            or OverflowException)
        {
            problems.Add((section.Path, $"{section.Path} is '{section.Value}', it must be {Expected(type)}"));
        }
    }

    private static string Unknown(string path, string key, IEnumerable<string> known)
    {
        var names = known.Order(StringComparer.OrdinalIgnoreCase).ToArray();
        return NearMatch.Of(key, names) is { } meant
            ? $"{path} is not a known key; did you mean {meant}?"
            : $"{path} is not a known key; known here: {string.Join(", ", names)}";
    }

    private static Dictionary<string, PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite)
            .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);

    private static bool IsScalar(Type type) =>
        type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(decimal) || type == typeof(TimeSpan)
            || type == typeof(Uri);

    private static string Expected(Type type) => type switch
    {
        { IsEnum: true } => $"one of {string.Join(", ", Enum.GetNames(type))}",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(TimeSpan) => "a time such as 00:00:05 (hours:minutes:seconds) or 00:00:00.008",
        _ when type == typeof(float) || type == typeof(double) || type == typeof(decimal) => "a number",
        _ when type == typeof(Uri) => "an address such as http://127.0.0.1:8080",
        _ when type == typeof(int) => $"a whole number of at most {int.MaxValue}",
        { IsPrimitive: true } => "a whole number",
        _ => "text",
    };

    private static Type? ElementOfDictionary(Type type) =>
        Generic(type, typeof(IDictionary<,>), typeof(IReadOnlyDictionary<,>)) is { } dictionary
            ? dictionary.GetGenericArguments()[1] : null;

    private static Type? ElementOfList(Type type) =>
        Generic(type, typeof(IEnumerable<>)) is { } list ? list.GetGenericArguments()[0] : null;

    private static Type? Generic(Type type, params Type[] definitions) =>
        type.GetInterfaces().Prepend(type).FirstOrDefault(one => one.IsGenericType && definitions.Contains(one.GetGenericTypeDefinition()));

    /// <summary>One level of the known keys: a section that is bound, or one that only holds others.</summary>
    private sealed class Node
    {
        public Type? Type { get; set; }

        public Dictionary<string, Node> Children { get; } = new(StringComparer.OrdinalIgnoreCase);

        public Node Child(string key)
        {
            if (!Children.TryGetValue(key, out var child))
                Children[key] = child = new Node();
            return child;
        }
    }
}
