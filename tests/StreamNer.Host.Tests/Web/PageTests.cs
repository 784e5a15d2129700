using System.Net;

namespace StreamNer.Host.Tests.Web;

public sealed class PageTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_browser_gets_the_page()
    {
        using var answer = await GetAsync("/", "text/html,application/xhtml+xml");

        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("<title>StreamNer</title>", await answer.Content.ReadAsStringAsync(Stop));
        Assert.Equal("Accept", answer.Headers.Vary.Single());
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/app.js")]
    [InlineData("/style.css")]
    public async Task The_page_may_load_its_own_files_and_nothing_else(string path)
    {
        using var answer = await GetAsync(path, "text/html");

        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("DENY", answer.Headers.GetValues("X-Frame-Options").Single());
    }

    [Fact]
    public async Task A_file_that_has_not_changed_is_not_sent_again()
    {
        using var first = await GetAsync("/app.js");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/app.js");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        using var second = await service.Http.SendAsync(request, Stop);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Theory]
    [InlineData("/../appsettings.json")]
    [InlineData("/%2e%2e/config/appsettings.json")]
    [InlineData("/index.html")]
    [InlineData("/wwwroot/app.js")]
    public async Task Nothing_else_can_be_had(string path)
    {
        using var answer = await GetAsync(path, "text/html");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public void The_page_asks_nobody_else_and_has_no_code_in_its_markup()
    {
        var folder = TestSupport.Repository.File("src", "Host", "wwwroot");
        var index = File.ReadAllText(Path.Combine(folder, "index.html"));

        Assert.DoesNotContain("style=", index);
        Assert.DoesNotMatch(" on[a-z]+=", index);
        Assert.All(Directory.GetFiles(folder, "*.*").Where(file => !file.EndsWith("openapi.json", StringComparison.Ordinal)), file =>
            Assert.DoesNotMatch("https?://(?!www\\.w3\\.org/2000/svg)", File.ReadAllText(file)));
        Assert.All(Directory.GetFiles(folder, "*.js"), file =>
            Assert.DoesNotMatch("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(", File.ReadAllText(file)));
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string accept = "*/*")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept", accept);
        return await service.Http.SendAsync(request, Stop);
    }
}
