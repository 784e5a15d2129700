using System.Text.Json;
using StreamNer.Inference.Files;

namespace StreamNer.Host.Configuration;

/// <summary>Gathers the configuration from its sources; the later one wins.</summary>
/// <remarks>
/// In order: <c>config/appsettings.json</c> beside the executable, the same below the current directory, <c>--config FILE</c>,
/// environment variables <c>STREAMNER__Section__Key</c>, <c>--set Key=Value</c>.
/// </remarks>
internal static class ConfigurationFiles
{
    private const string FileName = "appsettings.json";

    /// <summary>Some hundred times what a configuration takes. A file may lie in the current directory without being the user's.</summary>
    private const long MaxBytes = 1 << 20;

    /// <summary>Values of one file. Each is held against all others, so that time grows with their square.</summary>
    private const int MaxValues = 4096;

    /// <summary>Reads all sources.</summary>
    /// <param name="file">What <c>--config</c> names, or null.</param>
    /// <param name="settings">What <c>--set</c> names: <c>Key=Value</c>, the leading <c>StreamNer:</c> may be left out.</param>
    /// <param name="replaced">Sections of files and environment that do not count, since the command line names something in their
    /// place.</param>
    /// <exception cref="ConfigurationException">A file is missing or is not JSON, or a setting has no value.</exception>
    public static IConfigurationRoot Read(string? file, IReadOnlyList<string> settings, params IReadOnlyList<string> replaced)
    {
        List<string> problems = [];
        var builder = new ConfigurationBuilder();

        var shipped = Path.Combine(AppContext.BaseDirectory, "config", FileName);
        AddFile(builder, shipped, optional: true, problems);

        var local = Path.GetFullPath(Path.Combine("config", FileName));
        if (!string.Equals(local, shipped, StringComparison.Ordinal))
            AddFile(builder, local, optional: true, problems);

        if (file is not null)
            AddFile(builder, Path.GetFullPath(file), optional: false, problems);

        builder.AddInMemoryCollection(Environment());
        if (replaced.Count > 0)
            builder = Without(builder.Build(), replaced);
        builder.AddInMemoryCollection(Parse(settings, problems));

        return problems.Count == 0 ? builder.Build() : throw new ConfigurationException(problems);
    }

    private static void AddFile(ConfigurationBuilder builder, string path, bool optional, List<string> problems)
    {
        if (!File.Exists(path))
        {
            if (!optional)
                problems.Add($"--config {path}: there is no such file");
            return;
        }

        if (BoundedFile.Read(path, problems, MaxBytes) is not { } bytes)
            return;
        IConfigurationRoot content;
        try
        {
            if (CountValues(bytes) is var values and > MaxValues)
            {
                problems.Add($"{path} has {values} values, at most {MaxValues} are read; is it the right file?");
                return;
            }

            content = new ConfigurationBuilder().AddJsonStream(new MemoryStream(bytes)).Build();
        }
        catch (Exception notJson) when (notJson is JsonException or FormatException or InvalidOperationException)
        {
            problems.Add($"{path} is not valid JSON: {notJson.Message}");
            return;
        }

        // A file of another program may lie in the current directory: what has no section of ours is not ours, unless asked for.
        var ours = content.GetSection(StrictKeys.Root).Exists();
        if (!ours && optional)
            return;

        foreach (var foreign in content.GetChildren().Where(section => !IsOurs(section.Key) && section.Key != "$schema"))
        {
            var meant = NearMatch.Of(foreign.Key, [StrictKeys.Root]) is null ? "" : $"; did you mean {StrictKeys.Root}?";
            problems.Add($"{path}: {foreign.Key} is not a known section, everything stands under {StrictKeys.Root}{meant}");
        }

        builder.AddConfiguration(content);
    }

    private static int CountValues(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json[BoundedFile.Utf8MarkLength(json)..],
            new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var values = 0;
        while (reader.Read())
            values += reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.EndObject or JsonTokenType.EndArray ? 0 : 1;
        return values;
    }

    private static ConfigurationBuilder Without(IConfigurationRoot read, IReadOnlyList<string> sections)
    {
        var builder = new ConfigurationBuilder();
        builder.AddInMemoryCollection(read.AsEnumerable().Where(pair => pair.Value is not null
            && !sections.Any(section =>
                pair.Key.StartsWith(section + ConfigurationPath.KeyDelimiter, StringComparison.OrdinalIgnoreCase))));
        return builder;
    }

    private static IEnumerable<KeyValuePair<string, string?>> Environment() =>
        new ConfigurationBuilder().AddEnvironmentVariables().Build()
            .AsEnumerable()
            .Where(pair => pair.Value is not null
                && pair.Key.StartsWith(StrictKeys.Root + ConfigurationPath.KeyDelimiter, StringComparison.OrdinalIgnoreCase));

    private static Dictionary<string, string?> Parse(IReadOnlyList<string> settings, List<string> problems)
    {
        Dictionary<string, string?> parsed = new(StringComparer.OrdinalIgnoreCase);
        foreach (var setting in settings)
        {
            var equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                problems.Add($"--set {setting}: it must be Key=Value, for instance --set Kafka:BootstrapServers=localhost:9092");
                continue;
            }

            var key = setting[..equals].Trim();
            if (!IsOurs(key.Split(ConfigurationPath.KeyDelimiter)[0]))
                key = ConfigurationPath.Combine(StrictKeys.Root, key);
            parsed[key] = setting[(equals + 1)..];
        }

        return parsed;
    }

    private static bool IsOurs(string section) => string.Equals(section, StrictKeys.Root, StringComparison.OrdinalIgnoreCase);
}
