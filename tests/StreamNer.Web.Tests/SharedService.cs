
namespace StreamNer.Web.Tests;

/// <summary>One browser and one service that shows texts, for all tests that need no other.</summary>
public sealed class SharedService : IAsyncLifetime
{
    private ServiceUnderTest? _service;

    public Browser Browser { get; } = new();

    public ServiceUnderTest Service => _service ?? throw new InvalidOperationException("the service has not been started");

    public async ValueTask InitializeAsync()
    {
        await Browser.InitializeAsync();
        _service = await ServiceUnderTest.StartAsync("Web:ShowText=true");
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        if (_service is not null)
            await _service.DisposeAsync();
    }

    /// <summary>Opens the page at a view.</summary>
    internal async Task<PageUnderTest> OpenAsync(string fragment, Microsoft.Playwright.BrowserNewContextOptions? options = null) =>
        await (await Browser.OpenAsync(Service.Address, options)).AtAsync(fragment);
}
