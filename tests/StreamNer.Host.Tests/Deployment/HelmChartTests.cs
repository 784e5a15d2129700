using System.Text.Json;
using System.Text.RegularExpressions;
using StreamNer.Host.Configuration;
using StreamNer.Host.Tests.Observability;
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
        var named = Templates().SelectMany(text => ValuePath().Matches(text).Select(match => match.Groups[1].Value)).Distinct().ToArray();
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

    [Fact]
    public void A_setting_that_the_image_has_as_a_variable_is_set_by_the_pod()
    {
        var variables = SettingOfImage().Matches(File.ReadAllText(Repository.File("Dockerfile")))
            .Concat(SettingOfImage().Matches(File.ReadAllText(Repository.File("src", "Cli", "StreamNer.Cli.csproj"))))
            .Select(match => match.Value).ToArray();
        Assert.True(variables.Length >= 2);

        // What stands first, before any condition.
        var always = FirstOfEnvironment().Match(Template("_pod.tpl").ReplaceLineEndings("\n")).Groups[1].Value;
        Assert.All(variables, variable => Assert.Contains($"- name: {variable}\n", always, StringComparison.Ordinal));
    }

    [Fact]
    public void The_address_of_settings_probes_and_environment_is_one()
    {
        Assert.Single(AddressOfSettings().Matches(string.Concat(Templates())));
        Assert.Contains("""
            dict "Url" (include "streamner.url" .)
            """, Template("_helpers.tpl"), StringComparison.Ordinal);
        Assert.Contains("""
            (hasPrefix "https:" (include "streamner.url" .))
            """, Template("_helpers.tpl"), StringComparison.Ordinal);
        Assert.Contains("""
                    - name: STREAMNER__Web__Url
                      value: {{ include "streamner.url" $ | quote }}
            """.ReplaceLineEndings("\n"), Template("_pod.tpl").ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:8080", true)]
    [InlineData("https://0.0.0.0:8080", true)]
    [InlineData("http://0.0.0.0:9000", false)]
    [InlineData("http://0.0.0.0:8080;http://0.0.0.0:9000", false)]
    public void An_address_has_the_port_that_probes_ask(string url, bool taken)
    {
        using var schema = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Chart, "values.schema.json")));
        var pattern = schema.RootElement.GetProperty("properties").GetProperty("settings").GetProperty("properties").GetProperty("Web")
            .GetProperty("properties").GetProperty("Url").GetProperty("pattern").GetString()!;
        Assert.Equal(taken, Regex.IsMatch(url, pattern));
        Assert.Contains("""
                    - name: http
                      containerPort: 8080
            """.ReplaceLineEndings("\n"), Template("_pod.tpl").ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_drain_that_the_grace_period_does_not_follow_is_refused()
    {
        Assert.Contains("""
            {{- if hasKey (dig "Pipeline" (dict) .Values.settings) "DrainTimeout" }}{{ fail
            """, Template("_helpers.tpl"), StringComparison.Ordinal);
        Assert.Contains("terminationGracePeriodSeconds: {{ add (int $.Values.drainSeconds) 40 }}", Template("_pod.tpl"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_variable_of_ones_own_that_goes_round_the_chart_is_refused()
    {
        var known = KnownVariable().Matches(KnownVariables().Match(Template("_helpers.tpl")).Value)
            .Select(match => match.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal));
        Assert.Equal(["pipeline:draintimeout", "web:url"], known.Order(StringComparer.Ordinal));
        Assert.All(known, path => Assert.Contains(path, KnownSections.Keys.Paths(), StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public void A_model_is_fetched_with_the_environment_of_the_service() => Assert.Contains("""
              {{- with $.Values.env }}
              env:
                {{- toYaml . | nindent 8 }}
              {{- end }}
              {{- with $.Values.secrets }}
        """.ReplaceLineEndings("\n"), Between(Template("_pod.tpl"), "initContainers:", "\n  containers:"), StringComparison.Ordinal);

    [Fact]
    public void Pods_of_a_pool_reach_each_other_whatever_egress_is_named()
    {
        var port = NodesPort().Match(Template("_pod.tpl")).Groups[1].Value;
        Assert.Contains($$$"""
                {{- if $.Values.pool.enabled }}
                # Each other.
                - to:
                    - podSelector:
                        {{- include "streamner.pods" $ | nindent 12 }}
                  ports:
                    - port: {{{port}}}
                      protocol: TCP
                {{- end }}
            """.ReplaceLineEndings("\n"),
            Between(Template("networkpolicy.yaml"), "{{- with .Values.networkPolicy.egress }}", "\n  {{- end }}"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Prometheus_is_let_in_besides_the_others_where_it_is_asked_for()
    {
        Assert.Contains("""
                {{- $from := .Values.networkPolicy.from | default (list (dict "podSelector" dict)) }}
                {{- if or .Values.monitoring.enabled (and .Values.pool.enabled .Values.pool.autoscaling.enabled) }}
                {{- $from = concat $from (.Values.monitoring.from | default list) }}
                {{- end }}
                - from:
                    {{- toYaml $from | nindent 8 }}
            """.ReplaceLineEndings("\n"), Template("networkpolicy.yaml").ReplaceLineEndings("\n"), StringComparison.Ordinal);

        var peer = Assert.Single((YamlSequenceNode)Yaml("values.yaml")["monitoring"]["from"]);
        Assert.Equal("monitoring", $"{peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]}");
    }

    [Fact]
    public void A_pool_grows_with_what_waits_for_devices_and_with_the_lag_of_the_pods_that_read()
    {
        var queries = Query().Matches(Template("pool.yaml")).Select(match => match.Groups[1].Value);
        Assert.Equal(
            [
                "sum(streamner_queue_tokens{%s})",
                "sum(max by (consumergroup, topic, partition) (kafka_consumergroup_lag{%s}))",
            ],
            queries);
        Assert.All(queries, query => Assert.Contains(MetricName().Match(query).Value, MetricsTests.Names));
        Assert.Contains("""
            {{- $labels := printf "namespace=%q,service=%q" $.Release.Namespace (include "streamner.name" $) }}
            """, Template("pool.yaml"), StringComparison.Ordinal);
        Assert.Equal(["queuedTokens", "lagThreshold"], Threshold().Matches(Template("pool.yaml")).Select(match => match.Groups[1].Value));
    }

    [Fact]
    public void A_lag_alone_does_not_wake_the_first_pod_of_a_pool_before_it_is_worth_one() => Assert.Equal(
        ["\"0\"", "{{ int .lagThreshold | quote }}"], Activation().Matches(Template("pool.yaml")).Select(match => match.Groups[1].Value));

    [Theory]
    [InlineData("scaledobject.yaml", ".Values.autoscaling.cooldownSeconds")]
    [InlineData("pool.yaml", ".cooldownSeconds")]
    public void A_step_down_waits_as_long_as_the_step_to_zero_and_an_hour_at_most(string file, string value) => Assert.Contains($$$"""
          cooldownPeriod: {{ {{{value}}} }}
          advanced:
            horizontalPodAutoscalerConfig:
              behavior:
                scaleDown:
                  # cooldownPeriod is about the step to zero alone. An hour is the most that Kubernetes takes.
                  stabilizationWindowSeconds: {{ min {{{value}}} 3600 }}
        """.ReplaceLineEndings("\n"), Template(file).ReplaceLineEndings("\n"), StringComparison.Ordinal);

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

    private static IEnumerable<string> Templates() => Directory.EnumerateFiles(Path.Combine(Chart, "templates")).Select(File.ReadAllText);

    private static string Template(string file) => File.ReadAllText(Path.Combine(Chart, "templates", file));

    /// <summary>What stands between the first of one text and the next of another.</summary>
    private static string Between(string text, string first, string next)
    {
        var lines = text.ReplaceLineEndings("\n");
        var start = lines.IndexOf(first, StringComparison.Ordinal);
        var end = lines.IndexOf(next, start, StringComparison.Ordinal);
        return lines[start..end];
    }

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

    [GeneratedRegex("STREAMNER__[A-Za-z_]+")]
    private static partial Regex SettingOfImage();

    [GeneratedRegex(@"\n      env:\n((?:        (?:#|- |  ).*\n)+)")]
    private static partial Regex FirstOfEnvironment();

    [GeneratedRegex("dig \"Web\"")]
    private static partial Regex AddressOfSettings();

    [GeneratedRegex(@"\$known := .*")]
    private static partial Regex KnownVariables();

    [GeneratedRegex("\"streamner__([a-z_]+)\"")]
    private static partial Regex KnownVariable();

    [GeneratedRegex(@"- name: nodes\s+containerPort: (\d+)")]
    private static partial Regex NodesPort();

    [GeneratedRegex("query: \\{\\{ printf \"([^\"]+)\" \\$labels \\| quote \\}\\}")]
    private static partial Regex Query();

    [GeneratedRegex("(streamner|kafka)_[a-z_]+")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"\bthreshold: \{\{ int \.([A-Za-z]+) \| quote \}\}")]
    private static partial Regex Threshold();

    [GeneratedRegex("activationThreshold: (.+)")]
    private static partial Regex Activation();

    [GeneratedRegex("<Version>(.+)</Version>")]
    private static partial Regex ProductVersion();
}
