using Microsoft.Playwright;

namespace StreamNer.Web.Tests;

/// <summary>One browser for all tests, the one that the machine has. Where there is none, tests that need it are skipped.</summary>
public sealed class Browser : IAsyncLifetime
{
    /// <summary>Names another browser of the Chromium family.</summary>
    private const string Variable = "STREAMNER_BROWSER";

    /// <summary>Longest wait of a step, and of an assertion, which has a time of its own, in milliseconds.</summary>
    private const float Patience = 30_000;

    private static readonly string[] Places =
    [
        "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable",
            "/usr/bin/microsoft-edge",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", @"C:\Program Files\Google\Chrome\Application\chrome.exe",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    private static string? Executable => Environment.GetEnvironmentVariable(Variable) ?? Places.FirstOrDefault(File.Exists);

    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(Patience);
        if (Executable is not { } executable)
            return;

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = executable,

            // The sandbox needs a user of its own, which a container seldom has; what is opened here is our own page.
            Args = ["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>Opens an empty page of its own: no storage, no cookies of another test.</summary>
    internal async Task<PageUnderTest> OpenAsync(Uri address, BrowserNewContextOptions? options = null)
    {
        Assert.SkipWhen(_browser is null, $"there is no browser: install Chromium (apt-get install chromium), or name one in {Variable}");
        var context = await _browser.NewContextAsync(options ?? new BrowserNewContextOptions());
        context.SetDefaultTimeout(Patience);
        return new PageUnderTest(context, await context.NewPageAsync(), address);
    }
}
