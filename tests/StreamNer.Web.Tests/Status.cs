using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;

namespace StreamNer.Web.Tests;

/// <summary>An answer of <c>GET /v1/status</c> with 15 minutes in it, which no test can wait for.</summary>
internal static class Status
{
    private const int Points = 180;
    private const int IntervalSeconds = 5;

    /// <summary>Lets a page see it.</summary>
    /// <param name="page">The page.</param>
    /// <param name="ofNode">Whether it is the answer of a node of a cluster, or of a service alone.</param>
    public static Task AnswerAsync(PageUnderTest page, bool ofNode = false) =>
        page.Page.RouteAsync("**/v1/status", route =>
            route.FulfillAsync(new RouteFulfillOptions { ContentType = "application/json", Body = Json(ofNode) }));

    /// <summary>What other nodes say of themselves is no markup.</summary>
    private static object Cluster => new
    {
        address = "10.0.0.1:4053",
        roles = (string[])["stream", "inference"],
        nodes = (object[])
        [
            new { address = "10.0.0.1:4053", roles = (string[])["stream", "inference"], state = "Up", refusals = (object[])[] },
            new { address = "10.0.0.2:4053", roles = (string[])["inference"], state = "Up", refusals = (object[])[] },
            new
            {
                address = "<img src=x onerror=alert(1)>:4053",
                roles = (string[])["inference"],
                state = "Unreachable",
                refusals = (object[])[new { model = "en-ner-small", reason = "model en-ner-small has the hash <b>a</b> there and c here" }],
            },
        ],
    };

    private static string Json(bool ofNode)
    {
        var random = new Random(7);
        var end = new DateTimeOffset(2026, 1, 2, 15, 0, 0, TimeSpan.Zero);
        var history = Enumerable.Range(0, Points)
            .Select(i => Point(i, end.AddSeconds(-IntervalSeconds * (Points - 1 - i)), random, ofNode)).ToArray();
        return JsonSerializer.Serialize(new
        {
            time = end,
            intervalSeconds = IntervalSeconds,
            now = history[^1],
            history,
            partitions =
                Enumerable.Range(0, 4)
                    .Select(partition => new
                    {
                        topic = "documents",
                        partition,
                        lag = partition == 3 ? (int?)null
                    : partition * 3,
                        position = 44_120 + partition,
                        committed = 44_100 + partition
                    }),
            lanes = Enumerable.Range(0, ofNode ? 3 : 2).Select(lane => new
            {
                model = "en-ner-small",
                lane,
                device = "cpu",
                state = "Ready",
                restarts = lane,
                busyRatio = lane == 2 ? (double?)null : 0.84 - (0.13 * lane),
                node = lane == 2 ? "10.0.0.2:4053" : null,
            }),
            cluster = ofNode ? Cluster : null,
            deadLetters = new[] { new { stage = "read", code = "invalid_json", count = 12 },
                new { stage = "publish", code = "event_too_large", count = 1 } },
            totals = new { consumed = 176_512, published = 176_400, entities = 541_212, deadLettered = 13, tombstones = 99, restarts = 0 },
        });
    }

    private static object Point(int i, DateTimeOffset time, Random random, bool ofNode)
    {
        var isQuiet = i is > 60 and < 66;
        var documents = isQuiet ? 0 : 900 + (300 * Math.Sin(i / 17.0)) + random.Next(80);
        return new
        {
            time = time.ToString("O", CultureInfo.InvariantCulture),
            documentsPerSecond = documents,
            entitiesPerSecond = documents * 3.1,
            latencySeconds = new
            {
                p50 = isQuiet ? (double?)null : 0.021 + (0.004 * Math.Sin(i / 9.0)),
                p95 = isQuiet ? (double?)null
                : 0.05 + (0.01 * random.NextDouble()),
                p99 = isQuiet ? (double?)null : 0.09 + (0.03 * random.NextDouble())
            },
            documentsInFlight = isQuiet ? 0 : random.Next(60, 140),
            queueTokens = isQuiet ? 0 : 3000 + random.Next(1500),
            batchSize = isQuiet ? (double?)null : 11 + (2 * random.NextDouble()),
            paddingRatio = isQuiet ? (double?)null : 0.02 + (0.01 * random.NextDouble()),
            lag = (int)(4000 * Math.Exp(-Math.Pow((i - 120) / 14.0, 2))) + random.Next(20),
            deadLettersPerSecond = i is 40 or 41 ? 1.2 : 0,
            pool = ofNode
                ? new
                {
                    roundTripSeconds = new { p50 = 0.031, p95 = 0.062, p99 = 0.11 },
                    batchesPerSecond = 12.5,
                    givenBackPerSecond = 0,
                    sentBytesPerSecond = 1_250_000,
                    receivedBytesPerSecond = 410_000,
                }
                : null,
        };
    }
}
