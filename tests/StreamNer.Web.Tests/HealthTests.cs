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
    public async Task Of_a_cluster_its_nodes_are_shown_with_the_lanes_that_they_give_and_why_one_gives_none()
    {
        await using var page = await shared.Browser.OpenAsync(shared.Service.Address);
        await Status.AnswerAsync(page, ofNode: true);
        await page.AtAsync("health");

        var nodes = page["#nodes tbody tr"];
        await Assertions.Expect(nodes).ToHaveCountAsync(3);
        await Assertions.Expect(nodes.Nth(0)).ToContainTextAsync("10.0.0.1:4053 (this one)stream, inferenceup2 of 2");
        await Assertions.Expect(nodes.Nth(1)).ToContainTextAsync("10.0.0.2:4053inferenceup1 of 1");
        await Assertions.Expect(nodes.Nth(2)).ToContainTextAsync("<img src=x onerror=alert(1)>:4053inferenceunreachable–model en-ner-small "
            + "has the hash <b>a</b> there and c here");
        await Assertions.Expect(page["#lanes tbody tr"].Nth(2)).ToContainTextAsync("10.0.0.2:4053");
        await Assertions.Expect(page["#nodes img"]).ToHaveCountAsync(0);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Of_a_cluster_the_round_trip_and_the_bytes_between_nodes_have_charts()
    {
        await using var page = await shared.Browser.OpenAsync(shared.Service.Address);
        await Status.AnswerAsync(page, ofNode: true);
        await page.AtAsync("health");

        await Assertions.Expect(page["#charts figure"]).ToHaveCountAsync(11);
        await Assertions.Expect(page["#charts"]).ToContainTextAsync("p95 62 ms");
        await Assertions.Expect(page["#charts"]).ToContainTextAsync("sent 1.3 MB");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_service_alone_shows_no_nodes()
    {
        await using var page = await shared.OpenAsync("health");

        await Assertions.Expect(page["#lanes"]).ToContainTextAsync("en-ner-small");
        await Assertions.Expect(page["#nodes-card"]).ToBeHiddenAsync();
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
