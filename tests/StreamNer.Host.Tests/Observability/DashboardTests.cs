using System.Text.Json;
using System.Text.RegularExpressions;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Kafka;
using YamlDotNet.RepresentationModel;

namespace StreamNer.Host.Tests.Observability;

/// <summary>What docker-compose.yml starts with the profile observability fits together, and fits what the service measures.</summary>
[Collection(ProcessWideMetrics.Name)]
public sealed partial class DashboardTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_metric_and_label_of_the_dashboard_is_one_that_the_service_has()
    {
        using (var writer = new TopicWriter(service.Broker, "documents"))
        {
            writer.Write("a", "Sarah lives in London");
            writer.Flush();
        }

        await Eventually.TrueAsync(() => service.Pipeline.Snapshot() is { Published: > 0 } snapshot
            && snapshot.Partitions.Any(partition => partition.Lag is not null), "a document through");
        var metrics = PrometheusText.Parse(await service.Http.GetStringAsync("/metrics", Stop));
        var names = metrics.Types.Keys.Concat(MetricsTests.OfExactlyOnce).Concat(MetricsTests.OfCluster.Keys).ToHashSet();
        var labels = metrics.Series.Keys.SelectMany(series => LabelName().Matches(series)).Select(match => match.Groups[1].Value)
            .Concat(MetricsTests.OfCluster.Values.SelectMany(labels => labels.Split(' '))).Append("instance").ToHashSet();

        var queries =
            Queries(JsonDocument.Parse(await File.ReadAllTextAsync(Repository.File("config", "grafana", "dashboards", "streamner.json"),
                Stop)).RootElement).ToArray();
        Assert.True(queries.Length > 20);
        Assert.All(queries.Concat(AlertExpressions()), query =>
        {
            Assert.All(MetricName().Matches(query).Select(match => Suffix().Replace(match.Value, "") is var family
                && names.Contains(family) ? family : match.Value), name => Assert.Contains(name, names));
            Assert.All(GroupBy().Matches(query).SelectMany(match => match.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries)),
                label => Assert.Contains(label, labels));
        });
    }

    [Fact]
    public void Every_metric_of_our_own_stands_in_the_dashboard_and_in_the_documentation()
    {
        var dashboard = File.ReadAllText(Repository.File("config", "grafana", "dashboards", "streamner.json"));
        var page = File.ReadAllText(Repository.File("docs", "observability.md"));

        Assert.All(MetricsTests.Names, name => Assert.Contains(name, dashboard));
        Assert.All(MetricsTests.Names, name => Assert.Contains($"| `{name}` |", page));
    }

    [Fact]
    public void Prometheus_asks_the_services_where_they_listen()
    {
        var services = Map(Yaml("docker-compose.yml"), "services");
        var names = ((YamlSequenceNode)Discovery()["names"]).Select(name => $"{name}");

        Assert.Equal(["service", "service-gpu"], names);
        Assert.All(names, name => Assert.True(services.Children.ContainsKey(name), name));
        Assert.Equal("A", $"{Discovery()["type"]}");
        Assert.Equal("8080", $"{Discovery()["port"]}");
        Assert.Contains("8080", File.ReadAllText(Repository.File("Dockerfile")));
    }

    [Fact]
    public void A_service_that_does_not_run_is_no_target_of_Prometheus() =>
        Assert.False(Scrape().Children.ContainsKey("static_configs"), "a target that is always there is down while it does not run");

    [Fact]
    public void An_instance_is_named_after_its_service_and_its_job_as_the_alerts_ask()
    {
        var rule = Assert.Single((YamlSequenceNode)Scrape()["relabel_configs"]);

        Assert.Equal(["__meta_dns_name"], ((YamlSequenceNode)rule["source_labels"]).Select(label => $"{label}"));
        Assert.Equal($"$1:{Discovery()["port"]}", $"{rule["replacement"]}");
        Assert.Equal("instance", $"{rule["target_label"]}");
        Assert.Contains(AlertExpressions(), query => query.Contains($"job=\"{Scrape()["job_name"]}\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Grafana_is_told_the_uid_of_the_datasource_that_its_dashboard_asks()
    {
        var datasource = (YamlMappingNode)(
            (YamlSequenceNode)Yaml("config", "grafana", "provisioning", "datasources", "prometheus.yml")["datasources"])[0];
        var dashboard = File.ReadAllText(Repository.File("config", "grafana", "dashboards", "streamner.json"));

        Assert.Equal([$"{datasource["uid"]}"], DatasourceUid().Matches(dashboard).Select(match => match.Groups[1].Value).Distinct());
        Assert.Equal("http://prometheus:9090", $"{datasource["url"]}");
    }

    [Theory]
    [InlineData("prometheus")]
    [InlineData("grafana")]
    public void What_watches_is_pinned_is_for_this_machine_only_and_mounts_files_that_exist(string name)
    {
        var watcher = Map(Map(Yaml("docker-compose.yml"), "services"), name);

        Assert.Matches(@":v?\d+\.\d+\.\d+$", $"{watcher["image"]}");
        Assert.Equal(["observability"], ((YamlSequenceNode)watcher["profiles"]).Select(profile => $"{profile}"));
        Assert.All((YamlSequenceNode)watcher["ports"], port => Assert.StartsWith("127.0.0.1:", $"{port}"));
        Assert.All((YamlSequenceNode)watcher["volumes"], volume =>
        {
            var parts = $"{volume}".Split(':');
            Assert.Equal("ro", parts[2]);
            Assert.True(Path.Exists(Repository.File(parts[0])), parts[0]);
        });
    }

    [Fact]
    public void Every_alert_says_what_is_wrong_and_how_bad_it_is()
    {
        var rules = AlertRules().ToArray();

        Assert.Contains(rules, rule => $"{rule["alert"]}" == "StreamNerStuck");
        Assert.All(rules, rule =>
        {
            Assert.Contains($"{Map(rule, "labels")["severity"]}", (string[])["warning", "critical"]);
            Assert.NotEmpty($"{Map(rule, "annotations")["summary"]}");
        });
    }

    private static IEnumerable<YamlMappingNode> AlertRules() =>
        ((YamlSequenceNode)Yaml("config", "prometheus", "alerts.yml")["groups"])
            .SelectMany(group => (YamlSequenceNode)group["rules"]).Cast<YamlMappingNode>();

    private static IEnumerable<string> AlertExpressions() => AlertRules().Select(rule => $"{rule["expr"]}");

    private static YamlMappingNode Yaml(params string[] path)
    {
        var yaml = new YamlStream();
        using var reader = File.OpenText(Repository.File(path));
        yaml.Load(reader);
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    private static YamlMappingNode Scrape() =>
        (YamlMappingNode)((YamlSequenceNode)Yaml("config", "prometheus", "prometheus.yml")["scrape_configs"])[0];

    private static YamlNode Discovery() => Assert.Single((YamlSequenceNode)Scrape()["dns_sd_configs"]);

    private static YamlMappingNode Map(YamlMappingNode parent, string key) => (YamlMappingNode)parent[key];

    private static IEnumerable<string> Queries(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Queries),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(field =>
            field.Name is "expr" or "definition" && field.Value.ValueKind == JsonValueKind.String ? [field.Value.GetString()!]
                : Queries(field.Value)),
        _ => [],
    };

    [GeneratedRegex(@"\b(streamner|messaging_client|messaging_process|kafka|dotnet|http)_[a-z0-9_]+")]
    private static partial Regex MetricName();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();

    [GeneratedRegex(@"by \(([^)]*)\)")]
    private static partial Regex GroupBy();

    [GeneratedRegex("[{,]([a-zA-Z_][a-zA-Z0-9_]*)=\"")]
    private static partial Regex LabelName();

    [GeneratedRegex("\"uid\": \"(prom[^\"]*)\"")]
    private static partial Regex DatasourceUid();
}
