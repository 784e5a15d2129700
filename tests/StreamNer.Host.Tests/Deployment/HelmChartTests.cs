using System.Text.Json;
using System.Text.RegularExpressions;
using StreamNer.Host.Configuration;
using StreamNer.Inference.Models;
using StreamNer.TestSupport;
using YamlDotNet.RepresentationModel;

namespace StreamNer.Host.Tests.Deployment;

/// <summary>
/// What holds a chart together without the program that renders it: values, their schema and the templates know the same names. Rendering
/// is checked by <c>deploy/helm/check.sh</c>.
/// </summary>
public sealed partial class HelmChartTests
{
    private static readonly string Chart = Repository.File("deploy", "helm", "streamner");

    [Fact]
    public void The_charts_version_is_the_products()
    {
        var version = VersionOfProduct();
        var chart = Yaml("Chart.yaml");
        Assert.Equal(version, Text(chart, "version"));
        Assert.Equal(version, Text(chart, "appVersion"));
    }

    [Fact]
    public void Each_value_is_in_the_schema_and_each_of_the_schema_has_a_default()
    {
        using var schema = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Chart, "values.schema.json")));
        List<string> differences = [];
        Compare("", Yaml("values.yaml"), schema.RootElement, differences);
        Assert.Equal(["global"], differences);
    }

    [Fact]
    public void A_template_names_no_value_that_is_not_there()
    {
        var values = Yaml("values.yaml");
        var named = Directory.EnumerateFiles(Path.Combine(Chart, "templates"))
            .SelectMany(file => ValuePath().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)).Distinct().ToArray();
        Assert.True(named.Length > 30);
        Assert.All(named, path => Assert.NotNull(path.Split('.').Skip(1).Aggregate<string, YamlNode?>(values,
            (node, name) => node is YamlMappingNode map && map.Children.TryGetValue(name, out var child) ? child : null)));
    }

    [Fact]
    public void The_sections_of_the_settings_that_the_schema_knows_are_those_of_the_service()
    {
        using var schema = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Chart, "values.schema.json")));
        var sections = schema.RootElement.GetProperty("properties").GetProperty("settings").GetProperty("properties").EnumerateObject()
            .Select(section => section.Name);
        Assert.Equal(ServiceSections().Order(StringComparer.Ordinal), sections.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_setting_that_the_chart_adds_is_one_of_the_service()
    {
        var added = AddedSetting().Matches(Template("_helpers.tpl")).Select(match => $"{match.Groups[1].Value}:{match.Groups[2].Value}");
        Assert.Equal(["Model:Path", "Recognition:LoadTimeout"], added.Order(StringComparer.Ordinal));
        Assert.All(added, path => Assert.Contains(path, KnownSections.Keys.Paths()));
    }

    [Fact]
    public void A_gpu_of_the_chart_is_a_device_of_the_service()
    {
        var written = Template("_helpers.tpl").Split('\n').Where(line => DeviceEntry().IsMatch(line))
            .SelectMany(line => QuotedName().Matches(line).Select(match => match.Groups[1].Value));
        Assert.Equal(
            [
                nameof(DeviceOptions.EngineCache), nameof(DeviceOptions.HalfPrecision), nameof(DeviceOptions.Id),
                nameof(DeviceOptions.Kind), nameof(DeviceOptions.Lanes),
            ],
            written.Order(StringComparer.Ordinal));

        using var schema = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Chart, "values.schema.json")));
        var kinds = schema.RootElement.GetProperty("properties").GetProperty("gpu").GetProperty("properties").GetProperty("kind")
            .GetProperty("enum").EnumerateArray().Select(kind => kind.GetString());
        Assert.Equal(Enum.GetValues<DeviceKind>().Where(kind => kind.IsGpu()).Select(kind => $"{kind}"), kinds);

        var gpu = (YamlMappingNode)Yaml("values.yaml").Children["gpu"];
        Assert.Contains(Text(gpu, "kind"), kinds);
        Assert.Equal(new DeviceOptions().HalfPrecision, bool.Parse(Text(gpu, "halfPrecision")));
    }

    [Fact]
    public void Engines_are_kept_in_a_volume_that_can_be_written_to()
    {
        var cache = EngineCache().Match(Template("_helpers.tpl")).Groups[1].Value;
        Assert.StartsWith("/", cache, StringComparison.Ordinal);
        var pod = Template("_pod.tpl").ReplaceLineEndings("\n");
        Assert.Contains($$$"""
                    {{- if $engines }}
                    - name: engines
                      mountPath: {{{cache}}}
                    {{- end }}
            """.ReplaceLineEndings("\n"), pod, StringComparison.Ordinal);
        Assert.Contains("""
                {{- if $engines }}
                - name: engines
                  {{- if $.Values.gpu.engineCache }}
            """.ReplaceLineEndings("\n"), pod, StringComparison.Ordinal);
    }

    [Fact]
    public void Alert_rules_and_dashboard_are_those_of_the_product()
    {
        Assert.Equal(File.ReadAllText(Repository.File("config", "prometheus", "alerts.yml")),
            File.ReadAllText(Path.Combine(Chart, "files", "alerts.yml")));
        Assert.Equal(File.ReadAllText(Repository.File("config", "grafana", "dashboards", "streamner.json")),
            File.ReadAllText(Path.Combine(Chart, "files", "dashboard.json")));
    }

    private static IEnumerable<string> ServiceSections() =>
        KnownSections.Keys.Paths().Select(path => path.Split(':')[0]).Distinct(StringComparer.Ordinal);

    private static void Compare(string path, YamlMappingNode values, JsonElement schema, List<string> differences)
    {
        var properties = schema.GetProperty("properties");
        var names = values.Children.Keys.Select(key => ((YamlScalarNode)key).Value!).ToArray();
        differences.AddRange(names.Where(name => !properties.TryGetProperty(name, out _)).Select(name => path + name));
        foreach (var property in properties.EnumerateObject())
        {
            if (!values.Children.TryGetValue(property.Name, out var value))
            {
                differences.Add(path + property.Name);
            }
            else if (value is YamlMappingNode map && property.Value.TryGetProperty("additionalProperties", out _)
                && path + property.Name != "settings")
            {
                Compare($"{path}{property.Name}.", map, property.Value, differences);
            }
        }
    }

    private static string VersionOfProduct() =>
        ProductVersion().Match(File.ReadAllText(Repository.File("Directory.Build.props"))).Groups[1].Value;

    private static YamlMappingNode Yaml(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(Path.Combine(Chart, file))));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    private static string Template(string file) => File.ReadAllText(Path.Combine(Chart, "templates", file));

    private static string Text(YamlMappingNode map, string key) => ((YamlScalarNode)map.Children[key]).Value!;

    [GeneratedRegex(@"\.Values((?:\.[A-Za-z]+)+)")]
    private static partial Regex ValuePath();

    [GeneratedRegex("set \\$base \"([A-Za-z]+)\" \\(dict \"([A-Za-z]+)\"")]
    private static partial Regex AddedSetting();

    [GeneratedRegex(@"\$device\b")]
    private static partial Regex DeviceEntry();

    [GeneratedRegex("\"([A-Za-z]+)\"")]
    private static partial Regex QuotedName();

    [GeneratedRegex("\"EngineCache\" \"([^\"]+)\"")]
    private static partial Regex EngineCache();

    [GeneratedRegex("<Version>(.+)</Version>")]
    private static partial Regex ProductVersion();
}
