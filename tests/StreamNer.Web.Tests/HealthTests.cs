using Microsoft.Playwright;

namespace StreamNer.Web.Tests;

public sealed class HealthTests(SharedService shared)
{
    [Fact]
    public async Task The_numbers_of_the_status_are_shown_as_charts_and_tables()
    {
        await using var page = await shared.Browser.OpenAsync(shared.Service.Address);
        await Status.AnswerAsync(page);
        await page.AtAsync("health");

        await Assertions.Expect(page["#charts figure"]).ToHaveCountAsync(9);
        await Assertions.Expect(page["#charts svg"].Nth(1)).ToHaveAttributeAsync("aria-label",
            new System.Text.RegularExpressions.Regex("^Latency, read to acknowledged: p50 now .+ ms, between .+ and .+; p95"));
        await Assertions.Expect(page["#lanes tbody tr"]).ToHaveCountAsync(2);
        await Assertions.Expect(page["#partitions"]).ToContainTextAsync("unknown");
        await Assertions.Expect(page["#dead-letters"]).ToContainTextAsync("invalid_json");
        await Assertions.Expect(page["#totals"]).ToContainTextAsync("541,212");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task What_the_service_itself_says_of_its_lanes_and_partitions_is_shown()
    {
        await using var page = await shared.OpenAsync("health");

        // The first point comes after an interval of the status, 5 s.
        await Assertions.Expect(page["#charts figure"]).ToHaveCountAsync(9, new() { Timeout = 20_000 });
        await Assertions.Expect(page["#lanes"]).ToContainTextAsync("en-ner-small");
        await Assertions.Expect(page["#lanes"]).ToContainTextAsync("ready", new() { IgnoreCase = true });
        await Assertions.Expect(page["#partitions"]).ToContainTextAsync("documents");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Where_there_is_no_value_the_line_has_a_gap()
    {
        await using var page = await shared.Browser.OpenAsync(shared.Service.Address);
        await Status.AnswerAsync(page);
        await page.AtAsync("health");

        // A quiet time has no latency: three lines, each in two parts.
        await Assertions.Expect(page["#charts figure"].Nth(1).Locator("polyline")).ToHaveCountAsync(6);
    }

    [Fact]
    public async Task A_service_without_status_shows_what_its_info_has()
    {
        await using var page = await shared.Browser.OpenAsync(shared.Service.Address);
        await page.Page.RouteAsync("**/v1/status", route => route.FulfillAsync(new() { Status = 404 }));
        await page.AtAsync("health");

        await Assertions.Expect(page["#health-state"]).ToContainTextAsync("counts only");
        await Assertions.Expect(page["#lanes"]).ToContainTextAsync("ready");
        await Assertions.Expect(page["#totals"]).ToContainTextAsync("Published");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task The_header_says_whether_the_service_is_ready()
    {
        await using var page = await shared.OpenAsync("health");

        await Assertions.Expect(page["#ready"]).ToHaveTextAsync("ready");
    }
}
