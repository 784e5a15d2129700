using StreamNer.Host.Tests.Observability;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Host.Tests.Web;

[Collection(ProcessWideMetrics.Name)]
public sealed class HungUpClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_hangs_up_leaves_nothing_behind_and_is_counted_once()
    {
        await using var own = await OwnService.StartAsync();
        using var client = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var before = await AbandonedAsync(own);
        var answer = own.PostAsync(own.LongText, client.Token);
        await Eventually.TrueAsync(() => own.InFlight() == 1, "asked for");

        await client.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        await Eventually.TrueAsync(() => own.InFlight() == 0, "forgotten");
        await Eventually.TrueAsync(async () => await AbandonedAsync(own) > before, "counted");
        Assert.Equal(before + 1, await AbandonedAsync(own));
    }

    private static async Task<double> AbandonedAsync(OwnService own)
    {
        var metrics = PrometheusText.Parse(await own.Http.GetStringAsync("/metrics", Stop));
        return Assert.Single(metrics.Series, series =>
            series.Key.StartsWith("streamner_questions_abandoned_total{", StringComparison.Ordinal)
            && series.Key.Contains("asker=\"request\"", StringComparison.Ordinal)).Value;
    }
}
