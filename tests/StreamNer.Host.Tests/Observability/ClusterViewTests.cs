using System.Text.Json;

namespace StreamNer.Host.Tests.Observability;

/// <summary>What an operator sees of a cluster at the node that reads.</summary>
[Collection(ProcessWideMetrics.Name)]
public sealed class ClusterViewTests(ClusterUnderTest cluster) : IClassFixture<ClusterUnderTest>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void A_node_that_is_refused_every_lane_is_not_ready_and_says_who_refuses_and_why()
    {
        Assert.Contains(cluster.ReasonsWithoutLanes, reason => reason.StartsWith("no node with a lane", StringComparison.Ordinal));
        var refusal = Assert.Single(cluster.ReasonsWithoutLanes, reason => reason.Contains("gives no lanes", StringComparison.Ordinal));
        Assert.StartsWith($"node {cluster.Refusing} gives no lanes: model en-ner-small has the hash {ClusterUnderTest.OtherHash} there",
            refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_with_lanes_is_ready_whoever_else_refuses_it()
    {
        var ready = await JsonAsync("/health/ready");

        Assert.Equal(("ready", 0), (ready.GetProperty("status").GetString(), ready.GetProperty("reasons").GetArrayLength()));
    }

    [Theory]
    [InlineData("/v1/status")]
    [InlineData("/info")]
    public async Task Every_node_is_told_with_its_roles_and_state_and_why_it_gives_no_lanes(string path)
    {
        var told = (await JsonAsync(path)).GetProperty("cluster");
        var nodes = told.GetProperty("nodes").EnumerateArray().ToArray();

        Assert.Equal(cluster.Reading, told.GetProperty("address").GetString());
        Assert.Equal(["stream"], Texts(told.GetProperty("roles")));
        Assert.Equal(cluster.Reading, nodes[0].GetProperty("address").GetString());
        Assert.Equal(
            new[]
            {
                (cluster.Reading, "stream", "Up"), (cluster.Refusing, "inference", "Up"), (cluster.Computing, "inference", "Up"),
            }.Order(),
            nodes.Select(node => (node.GetProperty("address").GetString()!, string.Join(' ', Texts(node.GetProperty("roles"))),
                node.GetProperty("state").GetString()!)).Order());
        var refusing = Assert.Single(nodes, node => node.GetProperty("refusals").GetArrayLength() > 0);
        Assert.Equal(cluster.Refusing, refusing.GetProperty("address").GetString());
        Assert.Contains(ClusterUnderTest.OtherHash, refusing.GetProperty("refusals")[0].GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("/v1/status")]
    [InlineData("/info")]
    public async Task Every_lane_is_told_with_the_node_that_it_is_on(string path)
    {
        var lanes = (await JsonAsync(path)).GetProperty("lanes").EnumerateArray().ToArray();

        Assert.NotEmpty(lanes);
        Assert.All(lanes, lane => Assert.Equal((cluster.Computing, "Ready"),
            (lane.GetProperty("node").GetString(), lane.GetProperty("state").GetString())));
    }

    [Fact]
    public async Task A_lane_of_another_node_is_not_shown_as_busy_as_one_of_this_process()
    {
        // The nodes of this process measure their lanes in one place. They are known to be busy or not when an interval is over.
        var status = await JsonAsync("/v1/status");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        while (status.GetProperty("history").GetArrayLength() == 0)
        {
            await Task.Delay(50, patience.Token);
            status = await JsonAsync("/v1/status");
        }

        Assert.All(status.GetProperty("lanes").EnumerateArray(), lane =>
            Assert.Equal(JsonValueKind.Null, lane.GetProperty("busyRatio").ValueKind));
    }

    [Fact]
    public async Task A_point_tells_what_went_to_other_nodes_and_came_back()
    {
        // A source says what it believes every two seconds, so bytes flow in each interval of five.
        var pool = await PoolAsync();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        while (pool.GetProperty("sentBytesPerSecond").GetDouble() == 0 || pool.GetProperty("receivedBytesPerSecond").GetDouble() == 0)
        {
            await Task.Delay(50, patience.Token);
            pool = await PoolAsync();
        }

        Assert.Equal(["roundTripSeconds", "batchesPerSecond", "givenBackPerSecond", "sentBytesPerSecond", "receivedBytesPerSecond"],
            pool.EnumerateObject().Select(field => field.Name));

        async Task<JsonElement> PoolAsync() => (await JsonAsync("/v1/status")).GetProperty("now").GetProperty("pool");
    }

    [Fact]
    public async Task Every_name_of_a_clusters_metrics_is_there_with_its_labels()
    {
        var metrics = PrometheusText.Parse(await cluster.Http.GetStringAsync("/metrics", Stop));

        Assert.All(MetricsTests.OfCluster, name => Assert.Equal(name.Value, MetricsTests.Labels(metrics, name.Key)));
        Assert.True(metrics.Series.Single(series => series.Key.StartsWith("streamner_pool_batches_total{", StringComparison.Ordinal)
            && series.Key.Contains("outcome=\"scored\"", StringComparison.Ordinal)).Value > 0);
    }

    private static IEnumerable<string> Texts(JsonElement list) => list.EnumerateArray().Select(text => text.GetString()!);

    private async Task<JsonElement> JsonAsync(string path)
    {
        using var document = JsonDocument.Parse(await cluster.Http.GetStringAsync(path, Stop));
        return document.RootElement.Clone();
    }
}
