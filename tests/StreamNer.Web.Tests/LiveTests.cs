using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace StreamNer.Web.Tests;

public sealed class LiveTests(SharedService shared)
{
    private const string Text = "Sarah Chen left Microsoft in London.";

    [Fact]
    public async Task A_document_that_is_published_appears_with_its_entities()
    {
        await using var page = await shared.OpenAsync("live");
        await ConnectedAsync(page);

        await shared.Service.SendAsync(Text);
        await Assertions.Expect(page["#feed li"]).ToHaveCountAsync(1);

        Assert.Equal([(0, "Sarah Chen", "PER"), (16, "Microsoft", "ORG"), (29, "London", "LOC")], (await page.MarksAsync("#feed .text"))
            .Select(mark => (mark.Start, mark.Text, mark.Label)));
        await Assertions.Expect(page["#live-count"]).ToContainTextAsync("1 document published");
        await Assertions.Expect(page["#live-entities"]).ToContainTextAsync("Sarah Chen");
        await Assertions.Expect(page["#live-labels li"]).ToHaveCountAsync(3);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Filters_leave_what_matches()
    {
        await using var page = await shared.OpenAsync("live");
        await ConnectedAsync(page);
        await shared.Service.SendAsync(Text);
        await shared.Service.SendAsync("Nothing to see here.");
        await Assertions.Expect(page["#feed li"]).ToHaveCountAsync(2);

        await page["#live-label"].SelectOptionAsync("LOC");
        await Assertions.Expect(page["#feed li"]).ToHaveCountAsync(1);
        await page["#live-label"].SelectOptionAsync("");
        await page["#live-search"].FillAsync("to see");
        await Assertions.Expect(page["#feed li"]).ToContainTextAsync("Nothing to see here");
        await page["#live-search"].FillAsync("no such words");
        await Assertions.Expect(page["#feed-empty"]).ToContainTextAsync("matches the filters");
        await page["#live-search"].FillAsync("");
        await page["#live-topic"].SelectOptionAsync("documents");
        await Assertions.Expect(page["#feed li"]).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task Paused_the_page_stays_as_it_is_and_goes_on_later()
    {
        await using var page = await shared.OpenAsync("live");
        await ConnectedAsync(page);

        await page["#live-pause"].ClickAsync();
        await shared.Service.SendAsync(Text);
        await Assertions.Expect(page["#live-count"]).ToContainTextAsync("paused, 1 waiting");
        await Assertions.Expect(page["#feed li"]).ToHaveCountAsync(0);
        await page["#live-pause"].ClickAsync();

        await Assertions.Expect(page["#feed li"]).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Markup_in_a_document_stays_text()
    {
        await using var page = await shared.OpenAsync("live");
        await ConnectedAsync(page);

        await shared.Service.SendAsync("<img src=x onerror=alert(1)> Sarah Chen");

        await Assertions.Expect(page["#feed li"]).ToContainTextAsync("<img src=x onerror=alert(1)>");
        Assert.Equal(0, await page["#feed img"].CountAsync());
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Who_leaves_the_view_is_no_viewer_any_more()
    {
        await using var page = await shared.OpenAsync("live");
        await ConnectedAsync(page);
        var closed = new TaskCompletionSource();
        page.Page.RequestFailed += (_, request) =>
        {
            if (request.Url.EndsWith("/v1/events", StringComparison.Ordinal))
                closed.TrySetResult();
        };

        await page["nav a[data-view=try]"].ClickAsync();

        await closed.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Without_leave_to_show_texts_there_are_spans_and_labels_only()
    {
        await using var service = await ServiceUnderTest.StartAsync();
        await using var page = await (await shared.Browser.OpenAsync(service.Address)).AtAsync("live");
        await ConnectedAsync(page);

        await service.SendAsync(Text);

        await Assertions.Expect(page["#feed li"]).ToContainTextAsync("36 characters");
        await Assertions.Expect(page["#feed li .tag"]).ToHaveCountAsync(3);
        Assert.DoesNotContain("Sarah", await page.Page.ContentAsync());
        await Assertions.Expect(page["#live-entities"]).ToContainTextAsync("Web:ShowText is off");
    }

    [Fact]
    public async Task With_a_key_the_page_asks_for_it_and_keeps_it_in_the_tab()
    {
        const string key = "0123456789abcdef-key";
        await using var service = await ServiceUnderTest.StartAsync("Web:ShowText=true", $"Web:ApiKey={key}");
        await using var page = await (await shared.Browser.OpenAsync(service.Address)).AtAsync("live");

        await page["#key"].FillAsync("not the right one at all");
        await page.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page["#key-why"]).ToContainTextAsync("not right");
        await page["#key"].FillAsync(key);
        await page.Page.Keyboard.PressAsync("Enter");
        await ConnectedAsync(page);
        await service.SendAsync(Text);

        await Assertions.Expect(page["#feed li"]).ToContainTextAsync("Sarah Chen");
        Assert.Equal(key, await page.Page.EvaluateAsync<string>("Object.values(sessionStorage).join()"));
        Assert.Equal("", await page.Page.EvaluateAsync<string>("Object.values(localStorage).join()"));
        Assert.DoesNotContain(key, await page.Page.ContentAsync());
    }

    [Fact]
    public async Task When_nothing_comes_any_more_bars_and_rate_go_with_their_time()
    {
        await using var page = await shared.OpenAsync("live");
        await ConnectedAsync(page);

        // The rate is told from the second count on, and a count comes a second after another at the soonest.
        for (var i = 0; i < 3; i++)
        {
            await shared.Service.SendAsync(Text);
            await Task.Delay(1100, TestContext.Current.CancellationToken);
        }

        await Assertions.Expect(page["#live-count"]).ToContainTextAsync(new Regex("3 documents published.+[1-9] a second"));
        await Assertions.Expect(page["#live-labels .num"]).ToHaveTextAsync(["3", "3", "3"]);
        await Assertions.Expect(page["#live-entities .num"]).ToHaveTextAsync(["3", "3", "3"]);

        await page.Page.EvaluateAsync(
            """
            () => {
              for (const clock of [Date, performance]) {
                const now = clock.now.bind(clock);
                clock.now = () => now() + 6 * 60_000;
              }
            }
            """);

        await Assertions.Expect(page["#live-labels"]).ToHaveTextAsync("No entities yet.");
        await Assertions.Expect(page["#live-entities"]).ToHaveTextAsync("No entities yet.");
        await Assertions.Expect(page["#live-count"]).Not.ToContainTextAsync(new Regex("[1-9] a second"));
        await Assertions.Expect(page["#live-count"]).ToContainTextAsync("3 documents published");
        await Assertions.Expect(page["#feed li"]).ToHaveCountAsync(3);
        Assert.Empty(page.Complaints);
    }

    internal static Task ConnectedAsync(PageUnderTest page) => Assertions.Expect(page["#live-state"]).ToContainTextAsync("Connected");
}
