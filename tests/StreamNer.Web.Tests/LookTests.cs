using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace StreamNer.Web.Tests;

/// <summary>How the page looks: colours, widths, and what a checker of accessibility says.</summary>
public sealed class LookTests(SharedService shared)
{
    private const double EnoughForText = 4.5;

    public static TheoryData<string, ColorScheme> Views => new()
    {
        { "try", ColorScheme.Light }, { "try", ColorScheme.Dark },
        { "live", ColorScheme.Light }, { "live", ColorScheme.Dark },
        { "health", ColorScheme.Light }, { "health", ColorScheme.Dark },
    };

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Every_colour_of_a_label_has_enough_contrast(ColorScheme scheme)
    {
        await using var page = await shared.OpenAsync("try", new() { ColorScheme = scheme });

        var contrasts = await page.Page.EvaluateAsync<double[]>(
            """
            () => {
              const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
              const light = colour => {
                canvas.fillStyle = colour;
                canvas.fillRect(0, 0, 1, 1);
                const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
                const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(v => linear(v / 255));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
              };
              const contrast = element => {
                const style = getComputedStyle(element);
                const [a, b] = [light(style.color), light(style.backgroundColor)].sort((x, y) => y - x);
                return (a + 0.05) / (b + 0.05);
              };
              return [...Array(12).keys()].flatMap(i => {
                const mark = document.createElement('mark');
                mark.className = `entity c${i}`;
                const label = document.createElement('span');
                label.className = 'label';
                label.textContent = 'PER';
                mark.append('word', label);
                document.getElementById('output').append(mark);
                return [contrast(mark), contrast(label)];
              });
            }
            """);

        Assert.Equal(24, contrasts.Length);
        Assert.All(contrasts, contrast => Assert.InRange(contrast, EnoughForText, 21));
    }

    [Theory]
    [MemberData(nameof(Views))]
    public async Task A_checker_of_accessibility_finds_nothing(string view, ColorScheme scheme)
    {
        await using var page = await FilledAsync(view, new() { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });

        // What it says of elements without fault is not looked at, and takes long to put together.
        var found = await page.Page.RunAxe(new AxeRunOptions { ResultTypes = [ResultType.Violations] });

        Assert.Empty(found.Violations.Select(violation => $"{violation.Id}: {violation.Help}: "
            + $"{string.Join("; ", violation.Nodes.Take(3).Select(node => node.Html))}"));
    }

    [Theory]
    [InlineData("try")]
    [InlineData("live")]
    [InlineData("health")]
    public async Task A_screen_of_320_pixels_needs_no_scrolling_sideways(string view)
    {
        await using var page = await FilledAsync(view, new() { ViewportSize = new() { Width = 320, Height = 640 } });

        Assert.Equal(320, await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }

    [Fact]
    public async Task Colours_follow_the_system_until_somebody_chooses_and_the_choice_stays()
    {
        await using var page = await shared.OpenAsync("try", new() { ColorScheme = ColorScheme.Dark });
        Assert.Equal("rgb(15, 18, 24)", await GroundAsync(page));

        await page["#theme"].ClickAsync();
        Assert.Equal("rgb(246, 247, 250)", await GroundAsync(page));
        await page.Page.ReloadAsync();

        Assert.Equal("rgb(246, 247, 250)", await GroundAsync(page));
        await Assertions.Expect(page["#theme"]).ToHaveAttributeAsync("aria-label", "Colours: Light");
    }

    [Fact]
    public async Task Who_wants_no_motion_gets_none()
    {
        await using var page = await FilledAsync("live", new() { ReducedMotion = ReducedMotion.Reduce });

        Assert.Equal("none", await page["#feed li"].First.EvaluateAsync<string>("card => getComputedStyle(card).animationName"));
    }

    /// <summary>Writes the pictures of the documentation: <c>STREAMNER_SCREENSHOTS=docs/images</c>.</summary>
    [Fact]
    public async Task Pictures_for_the_documentation_are_taken_when_asked_for()
    {
        var folder = Environment.GetEnvironmentVariable("STREAMNER_SCREENSHOTS");
        Assert.SkipWhen(folder is null, "STREAMNER_SCREENSHOTS names no folder, from the repository's root");
        var target = Directory.CreateDirectory(TestSupport.Repository.File(folder!)).FullName;

        foreach (var (name, view, scheme, width, height) in new[]
        {
            ("try", "try", ColorScheme.Light, 1200, 640), ("live", "live", ColorScheme.Dark, 1200, 760),
                ("health", "health", ColorScheme.Light, 1200, 900), ("try-small", "try", ColorScheme.Dark, 360, 780),
        })
        {
            await using var page =
                await FilledAsync(view, new()
                {
                    ColorScheme = scheme,
                    ReducedMotion = ReducedMotion.Reduce,
                    ViewportSize = new() { Width = width, Height = height }
                });
            if (name == "try")
                await page["#output mark"].Last.FocusAsync();
            var path = Path.Combine(target, name + ".png");
            await page.Page.ScreenshotAsync(new() { Path = path });
            Assert.InRange(new FileInfo(path).Length, 1, 150_000);
        }
    }

    private static Task<string> GroundAsync(PageUnderTest page) =>
        page.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");

    private async Task<PageUnderTest> FilledAsync(string view, BrowserNewContextOptions options)
    {
        var page = await shared.Browser.OpenAsync(shared.Service.Address, options);
        if (view == "health")
            await Status.AnswerAsync(page);
        await page.AtAsync(view);
        if (view == "try")
        {
            await page["#examples button"].First.ClickAsync();
            await Assertions.Expect(page["#output mark"]).Not.ToHaveCountAsync(0);
        }
        else if (view == "live")
        {
            await LiveTests.ConnectedAsync(page);
            var documents = File.ReadLines(TestSupport.Repository.File("config", "sample", "documents.txt")).Take(12).ToArray();
            foreach (var document in documents)
                await shared.Service.SendAsync(document);
            await Assertions.Expect(page["#feed li"]).ToHaveCountAsync(documents.Length);
        }
        else
        {
            await Assertions.Expect(page["#charts figure"]).ToHaveCountAsync(9);
        }

        return page;
    }
}
