using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;

namespace StreamNer.Web.Tests;

public sealed class TryItTests(SharedService shared)
{
    private const string Text = "Sarah Chen left Microsoft in London.";

    private const string NoEntities = """
        {"document":"text","model":{"name":"a","hash":"0"},"offsetUnit":"utf16","textLength":14,"windows":1,"truncated":false,"entities":[]}
        """;

    private static readonly (int, string, string)[] Entities = [(0, "Sarah Chen", "PER"), (16, "Microsoft", "ORG"), (29, "London", "LOC")];

    [Fact]
    public async Task A_typed_text_gets_its_entities_at_their_places()
    {
        await using var page = await shared.OpenAsync("try");

        await page["#text"].PressSequentiallyAsync(Text);
        await Assertions.Expect(page["#output mark"]).ToHaveCountAsync(3);

        Assert.Equal(Entities, await MarksAsync(page));
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task Emoji_and_combining_marks_do_not_shift_the_marks()
    {
        const string text = "👩🏽‍🚀🎉 e\u0301e\u0301 Sarah Chen left Microsoft in London.";
        await using var page = await shared.OpenAsync("try");

        await page.LabelAsync(text);

        Assert.All(await page.MarksAsync(), mark => Assert.Equal(mark.Text, text.Substring(mark.Start, mark.Text.Length)));
        Assert.Contains("London", (await page.MarksAsync()).Select(mark => mark.Text));
        Assert.Equal(text, await page["#output"].EvaluateAsync<string>("output => { const copy = output.cloneNode(true); "
            + "copy.querySelectorAll('.label').forEach(label => label.remove()); return copy.textContent; }"));
    }

    [Fact]
    public async Task Markup_in_a_text_stays_text()
    {
        const string text = "<script>alert(1)</script><img src=x onerror=alert(2)> Sarah Chen left Microsoft in London.";
        await using var page = await shared.OpenAsync("try");

        await page.LabelAsync(text);

        await Assertions.Expect(page["#output"]).ToContainTextAsync("<script>alert(1)</script><img src=x");
        Assert.Equal(0, await page["#output script, #output img"].CountAsync());
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_right_to_left_text_runs_from_the_right()
    {
        await using var page = await shared.OpenAsync("try");

        await page.LabelAsync("وصل نجيب محفوظ إلى القاهرة ثم سافر إلى London مع BBC.");

        Assert.Equal("rtl", await page["#output"].EvaluateAsync<string>("output => getComputedStyle(output).direction"));
        Assert.Equal("rtl", await page["#text"].EvaluateAsync<string>("text => getComputedStyle(text).direction"));
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_text_of_200_kB_is_labelled_to_its_end()
    {
        var text =
            string.Concat(Enumerable.Repeat("The meeting went on for a while, and nobody there knew what to say about it. ", 2600)) + Text;
        await using var page = await shared.OpenAsync("try");
        page.Page.SetDefaultTimeout(120_000);

        await page["#text"].FillAsync(text);
        await Assertions.Expect(page["#answer"]).ToContainTextAsync("windows", new() { Timeout = 120_000 });

        Assert.InRange(text.Length, 200_000, 210_000);
        Assert.Contains((text.Length - 7, "London", "LOC"), await MarksAsync(page));
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task An_answer_to_an_earlier_text_is_dropped()
    {
        await using var page = await shared.OpenAsync("try");
        var (held, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        await page.Page.RouteAsync("**/v1/label", async route =>
        {
            if (route.Request.PostData!.Contains("Paris", StringComparison.Ordinal))
            {
                held.SetResult();
                await release.Task;
            }

            await route.ContinueAsync();
        });

        await page["#text"].FillAsync("Sarah went to Paris");
        await held.Task;
        await page.LabelAsync(Text);
        release.SetResult();

        await Assertions.Expect(page["#output"]).Not.ToContainTextAsync("Paris");
        Assert.Equal(Entities, await MarksAsync(page));
    }

    [Fact]
    public async Task Everything_can_be_reached_by_keyboard_and_a_focused_mark_tells_its_score()
    {
        await using var page = await shared.OpenAsync("try");
        await page.LabelAsync(Text);
        var keyboard = page.Page.Keyboard;

        await page["#text"].FocusAsync();
        await TabToAsync(page, "#output");
        await keyboard.PressAsync("Tab");
        await Assertions.Expect(page["#tip"]).ToContainTextAsync("PER");
        await Assertions.Expect(page["#tip"]).ToContainTextAsync("characters 0 to 10");
        await keyboard.PressAsync("End");
        await Assertions.Expect(page["mark:focus"]).ToContainTextAsync("London");
        await keyboard.PressAsync("ArrowLeft");
        await Assertions.Expect(page["mark:focus"]).ToContainTextAsync("Microsoft");
        await Assertions.Expect(page["mark:focus"]).ToHaveAttributeAsync("aria-describedby", "tip");
        await keyboard.PressAsync("Escape");
        await Assertions.Expect(page["#tip"]).ToBeHiddenAsync();
        await TabToAsync(page, "#copy-link");
    }

    [Fact]
    public async Task The_views_can_be_reached_by_keyboard()
    {
        await using var page = await shared.OpenAsync("try");

        await page.Page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page[".skip"]).ToBeFocusedAsync();
        await TabToAsync(page, "nav a[data-view=health]");
        await page.Page.Keyboard.PressAsync("Enter");

        await Assertions.Expect(page["#view-health h1"]).ToBeVisibleAsync();
        await Assertions.Expect(page["nav a[data-view=health]"]).ToHaveAttributeAsync("aria-current", "page");
    }

    [Fact]
    public async Task A_label_can_be_hidden()
    {
        await using var page = await shared.OpenAsync("try");
        await page.LabelAsync(Text);

        await page["#legend button"].Filter(new() { HasText = "PER" }).ClickAsync();

        Assert.Equal(["ORG", "LOC"], (await page.MarksAsync()).Select(mark => mark.Label));
    }

    [Fact]
    public async Task A_link_brings_the_text_with_it()
    {
        await using var page = await shared.OpenAsync("text=" + Uri.EscapeDataString("Sarah + Tim & Zoë: 100 % in London 🎉"));

        await Assertions.Expect(page["#text"]).ToHaveValueAsync("Sarah + Tim & Zoë: 100 % in London 🎉");
        await Assertions.Expect(page["#output mark"]).Not.ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_copied_link_opens_the_same_text()
    {
        await using var page = await shared.OpenAsync("try", Clipboard);
        await page.LabelAsync("Sarah + Tim & Zoë, 100 % in London 🎉");

        await page["#copy-link"].ClickAsync();
        var link = await CopiedAsync(page);
        await using var other = await shared.OpenAsync(new Uri(link).Fragment[1..]);

        await Assertions.Expect(other["#text"]).ToHaveValueAsync("Sarah + Tim & Zoë, 100 % in London 🎉");
    }

    [Fact]
    public async Task A_copied_link_opens_the_same_model()
    {
        await using var page = await DoubledAsync(["B-PER"], NoEntities, "a", "b");
        await page.Page.Context.GrantPermissionsAsync(Clipboard.Permissions!);
        await page.LabelAsync("Bank of London");
        await page["#model"].SelectOptionAsync("b");

        await page["#copy-link"].ClickAsync();
        await Assertions.Expect(page["#toast"]).ToHaveTextAsync("Link copied");
        var link = await CopiedAsync(page);
        await page.Page.GotoAsync("about:blank");
        var request = page.Page.WaitForRequestAsync(sent => sent.PostData?.Contains("\"model\"", StringComparison.Ordinal) == true);
        await page.AtAsync(new Uri(link).Fragment[1..]);

        await Assertions.Expect(page["#model"]).ToHaveValueAsync("b");
        Assert.Equal("""{"text":"Bank of London","tokens":true,"model":"b","offsetUnit":"utf16"}""", (await request).PostData);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_link_with_a_model_that_the_service_does_not_have_brings_its_text_alone()
    {
        await using var page = await DoubledAsync(["B-PER"], NoEntities, "a", "b");
        await page.Page.GotoAsync("about:blank");

        await page.AtAsync("text=London&model=c");
        await Assertions.Expect(page["#model option"]).ToHaveTextAsync(["all", "a", "b"]);
        await Assertions.Expect(page["#text"]).ToHaveValueAsync("London");
        await Assertions.Expect(page["#model"]).ToHaveValueAsync("");

        // Another link in the page that is open.
        await page.AtAsync("text=London&model=b");
        await Assertions.Expect(page["#model"]).ToHaveValueAsync("b");
        Assert.Empty(page.Complaints);
    }

    [Theory]
    [InlineData("constructor")]
    [InlineData("main")]
    public async Task A_fragment_that_names_no_view_shows_this_one(string fragment)
    {
        await using var page = await shared.OpenAsync(fragment);

        await Assertions.Expect(page["#view-try h1"]).ToBeVisibleAsync();
        await Assertions.Expect(page["nav a[data-view=try]"]).ToHaveAttributeAsync("aria-current", "page");
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task The_copied_json_is_the_services_answer()
    {
        await using var page = await shared.OpenAsync("try", Clipboard);
        await page.LabelAsync(Text);

        await page["#copy-json"].ClickAsync();

        using var json = JsonDocument.Parse(await CopiedAsync(page));
        Assert.Equal(["Sarah Chen", "Microsoft", "London"], json.RootElement.GetProperty("entities").EnumerateArray()
            .Select(entity => entity.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task The_copied_curl_command_survives_a_shell()
    {
        Assert.SkipUnless(File.Exists("/bin/sh") && File.Exists("/usr/bin/curl"), "there is no /bin/sh with /usr/bin/curl");
        const string text = "It's Sarah's \"$HOME\" `id` \\ in\nLondon; 🎉 !x";
        await using var page = await shared.OpenAsync("try", Clipboard);
        await page.LabelAsync(text);

        await page["#copy-curl"].ClickAsync();
        using var shell =
            Process.Start(new ProcessStartInfo("/bin/sh", ["-c", await CopiedAsync(page)]) { RedirectStandardOutput = true })!;
        using var answer = JsonDocument.Parse(await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));

        Assert.Equal(text.Length, answer.RootElement.GetProperty("textLength").GetInt32());
        var shown = (await MarksAsync(page)).Select(mark => mark.Item2);
        Assert.Equal(shown, answer.RootElement.GetProperty("entities").EnumerateArray()
            .Select(entity => entity.GetProperty("text").GetString()!));
    }

    // What the service can't do alone with one model for entities is answered by the test: the page's side is what is looked at.
    [Fact]
    public async Task A_model_that_labels_words_shows_tokens()
    {
        await using var page = await DoubledAsync(["NOUN", "VERB", "PUNCT"], """
            {"document":"text","model":{"name":"pos","hash":"0"},"offsetUnit":"utf16","textLength":11,"windows":1,"truncated":false,"entities":[{"start":0,"end":4,"text":"Dogs","label":"NOUN","score":0.9}],
             "tokens":[{"start":0,"end":4,"text":"Dogs","label":"NOUN","score":0.9},{"start":5,"end":10,"text":"sleep","label":"VERB","score":0.8},{"start":10,"end":11,"text":".","label":"PUNCT","score":1}]}
            """);

        await page.LabelAsync("Dogs sleep.");

        await Assertions.Expect(page["#output .token .word"]).ToHaveTextAsync(["Dogs", "sleep", "."]);
        await Assertions.Expect(page["#output .token .label"]).ToHaveTextAsync(["NOUN", "VERB", "PUNCT"]);
        await Assertions.Expect(page["#model"]).ToBeHiddenAsync();
    }

    [Fact]
    public async Task With_several_models_one_can_be_chosen_and_entities_in_entities_are_shown()
    {
        await using var page = await DoubledAsync(["B-PER"], """
            {"document":"text","model":{"name":"a","hash":"0"},"offsetUnit":"utf16","textLength":14,"windows":1,"truncated":false,"entities":[
              {"start":0,"end":14,"text":"Bank of London","label":"ORG","score":0.9,"model":"a"},{"start":8,"end":14,"text":"London","label":"LOC","score":0.8,"model":"b"},{"start":5,"end":20,"text":"x","label":"BAD","score":0.1,"model":"b"}]}
            """, "a", "b");
        await page.LabelAsync("Bank of London");

        Assert.Equal([(0, "Bank of London", "ORG"), (8, "London", "LOC")], await MarksAsync(page));
        var request = page.Page.WaitForRequestAsync("**/v1/label");
        await page["#model"].SelectOptionAsync("b");
        Assert.Equal("""{"text":"Bank of London","tokens":true,"model":"b","offsetUnit":"utf16"}""", (await request).PostData);
    }

    private static BrowserNewContextOptions Clipboard => new() { Permissions = ["clipboard-read", "clipboard-write"] };

    private static Task<string> CopiedAsync(PageUnderTest page) => page.Page.EvaluateAsync<string>("navigator.clipboard.readText()");

    private static async Task<(int, string, string)[]> MarksAsync(PageUnderTest page) =>
        [.. (await page.MarksAsync()).Select(mark => (mark.Start, mark.Text, mark.Label))];

    private static async Task TabToAsync(PageUnderTest page, string selector)
    {
        for (var i = 0; i < 40 && !await page[selector].EvaluateAsync<bool>("element => element === document.activeElement"); i++)
            await page.Page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page[selector]).ToBeFocusedAsync();
    }

    private async Task<PageUnderTest> DoubledAsync(string[] labels, string answer, params string[] models)
    {
        var page = await shared.Browser.OpenAsync(shared.Service.Address);
        await page.Page.RouteAsync("**/info", async route =>
        {
            var models2 = (models.Length > 0 ? models : ["pos"]).Select(name => new { name, labels });
            await route.FulfillAsync(new()
            {
                ContentType = "application/json",
                Body = JsonSerializer.Serialize(new { version = "1", model = models2.First(), models = models2 })
            });
        });
        await page.Page.RouteAsync("**/v1/label", route => route.FulfillAsync(new() { ContentType = "application/json", Body = answer }));
        return await page.AtAsync("try");
    }
}
