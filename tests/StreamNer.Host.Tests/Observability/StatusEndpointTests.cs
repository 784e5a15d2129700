using System.Text.Json;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Host.Tests.Observability;

[Collection(ProcessWideMetrics.Name)]
public sealed class StatusEndpointTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Status_tells_what_came_through_kafka()
    {
        using var writer = new TopicWriter(service.Broker, "documents");
        writer.Write("a", "Sarah lives in London");
        writer.Write("b", [0xFF]);
        writer.Write("c", (byte[]?)null);
        writer.Flush();
        var status = await StatusWhenAsync(status => Totals(status) == (1, 1, 1));

        Assert.Equal(3, status.GetProperty("totals").GetProperty("consumed").GetInt64());
        Assert.True(status.GetProperty("totals").GetProperty("entities").GetInt64() >= 2);
        var letters = Assert.Single(status.GetProperty("deadLetters").EnumerateArray());
        Assert.Equal(("read", "invalid_utf8", 1),
            (letters.GetProperty("stage").GetString(), letters.GetProperty("code").GetString(), letters.GetProperty("count").GetInt64()));
        Assert.Equal(5, status.GetProperty("intervalSeconds").GetDouble());
        Assert.InRange(status.GetProperty("time")
            .GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
    }

    [Fact]
    public async Task Status_names_every_lane_and_every_partition()
    {
        // The lag is looked at once a second.
        var status = await StatusWhenAsync(status => status.GetProperty("now").GetProperty("lag").ValueKind == JsonValueKind.Number);

        Assert.All(status.GetProperty("lanes").EnumerateArray(), lane =>
        {
            Assert.Equal(("en-ner-small", "cpu", "Ready", 0), (lane.GetProperty("model").GetString(), lane.GetProperty("device")
                .GetString(), lane.GetProperty("state").GetString(), lane.GetProperty("restarts").GetInt32()));
            Assert.True(lane.TryGetProperty("busyRatio", out _));
        });
        Assert.Equal([0, 1, 2, 3], status.GetProperty("partitions").EnumerateArray()
            .Select(partition => partition.GetProperty("partition").GetInt32()));
        Assert.All(status.GetProperty("partitions").EnumerateArray(), partition =>
            Assert.Equal("documents", partition.GetProperty("topic").GetString()));
    }

    [Fact]
    public async Task A_point_has_every_field_of_the_contract()
    {
        var now = (await StatusAsync()).GetProperty("now");

        Assert.Equal(
            ["time", "documentsPerSecond", "entitiesPerSecond", "latencySeconds", "documentsInFlight", "queueTokens", "batchSize",
                "paddingRatio", "lag", "deadLettersPerSecond"],
            now.EnumerateObject().Select(field => field.Name));
    }

    [Theory]
    [InlineData("/v1/status")]
    [InlineData("/info")]
    public async Task A_service_alone_says_nothing_of_nodes(string path)
    {
        using var told = JsonDocument.Parse(await service.Http.GetStringAsync(path, Stop));

        Assert.False(told.RootElement.TryGetProperty("cluster", out _));
        Assert.All(told.RootElement.GetProperty("lanes").EnumerateArray(), lane => Assert.False(lane.TryGetProperty("node", out _)));
    }

    private static (long, long, long) Totals(JsonElement status)
    {
        var totals = status.GetProperty("totals");
        return (totals.GetProperty("published").GetInt64(), totals.GetProperty("deadLettered").GetInt64(), totals.GetProperty("tombstones")
            .GetInt64());
    }

    private async Task<JsonElement> StatusWhenAsync(Func<JsonElement, bool> condition)
    {
        var status = await StatusAsync();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (!condition(status))
        {
            await Task.Delay(50, limit.Token);
            status = await StatusAsync();
        }

        return status;
    }

    private async Task<JsonElement> StatusAsync()
    {
        using var document = JsonDocument.Parse(await service.Http.GetStringAsync("/v1/status", Stop));
        return document.RootElement.Clone();
    }
}
