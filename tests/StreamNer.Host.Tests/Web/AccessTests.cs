using System.Net;
using System.Text;
using StreamNer.Embedded;
using StreamNer.Host.Configuration;
using StreamNer.Host.Settings;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Host.Tests.Web;

/// <summary>A service with a key, an origin that may call, and one place for a viewer.</summary>
public sealed class AccessTests(AccessTests.LockedService locked) : IClassFixture<AccessTests.LockedService>
{
    private const string Key = "correct-horse-battery";
    private const string Origin = "https://tools.example.org";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/info")]
    [InlineData("/metrics")]
    [InlineData("/v1/events")]
    [InlineData("/v1/label")]
    [InlineData("/nope")]
    public async Task Without_the_key_nothing_is_told(string path)
    {
        using var answer = await SendAsync(HttpMethod.Get, path);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.DoesNotContain(Key, await answer.Content.ReadAsStringAsync(Stop));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/app.js")]
    [InlineData("/openapi.json")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Health_and_the_page_need_no_key(string path)
    {
        using var answer = await SendAsync(HttpMethod.Get, path);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("X-Api-Key", Key, true)]
    [InlineData("Authorization", "Bearer " + Key, true)]
    [InlineData("Authorization", "bearer " + Key, true)]
    [InlineData("X-Api-Key", Key + "x", false)]
    [InlineData("X-Api-Key", "", false)]
    [InlineData("Authorization", "Basic " + Key, false)]
    [InlineData("Authorization", Key, false)]
    public async Task The_key_opens_and_nothing_else_does(string header, string value, bool opens)
    {
        using var answer = await SendAsync(HttpMethod.Get, "/info", (header, value));

        Assert.Equal(opens ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Labels_come_with_the_key()
    {
        using var answer = await SendAsync(HttpMethod.Post, "/v1/label", ("X-Api-Key", Key));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task The_key_is_shown_nowhere()
    {
        using var info = await SendAsync(HttpMethod.Get, "/info", ("X-Api-Key", Key));

        Assert.DoesNotContain(Key, await info.Content.ReadAsStringAsync(Stop));
        Assert.DoesNotContain(Key, new WebOptions { ApiKey = Key }.ToString());
        Assert.All(new WebOptions { ApiKey = "short-secret" }.Problems(), problem => Assert.DoesNotContain("short-secret", problem));
    }

    [Theory]
    [InlineData(Origin, true)]
    [InlineData("https://evil.example", false)]
    public async Task Pages_of_allowed_origins_may_ask_first_and_call_then(string origin, bool allowed)
    {
        using var preflight = await SendAsync(HttpMethod.Options, "/v1/label", ("Origin", origin),
            ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type,x-api-key"));
        using var call = await SendAsync(HttpMethod.Get, "/info", ("Origin", origin), ("X-Api-Key", Key));

        Assert.Equal(allowed, preflight.Headers.Contains("Access-Control-Allow-Origin"));
        Assert.Equal(allowed, call.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("cross-site", "https://evil.example")]
    [InlineData("same-site", "http://127.0.0.1:1")]
    public async Task A_page_from_elsewhere_takes_no_viewers_place(string site, string origin)
    {
        using var answer = await SendAsync(HttpMethod.Get, "/v1/events", ("X-Api-Key", Key), ("Sec-Fetch-Site", site), ("Origin", origin));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task A_page_from_elsewhere_of_which_the_browser_tells_the_origin_only_takes_no_viewers_place()
    {
        using var answer = await SendAsync(HttpMethod.Get, "/v1/events", ("X-Api-Key", Key), ("Origin", "http://evil.example"));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task One_viewer_more_than_allowed_is_told_to_come_later_and_a_place_becomes_free_when_one_leaves()
    {
        var first = await SendAsync(HttpMethod.Get, "/v1/events", ("X-Api-Key", Key));
        Assert.Equal("text/event-stream", first.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await first.Content.ReadAsStreamAsync(Stop));
        Assert.Equal("event: hello", await reader.ReadLineAsync(Stop));
        Assert.Equal("data: {\"showText\":false,\"maxEventsPerSecond\":50}", await reader.ReadLineAsync(Stop));

        using (var second = await SendAsync(HttpMethod.Get, "/v1/events", ("X-Api-Key", Key)))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
            Assert.NotNull(second.Headers.RetryAfter);
            Assert.Contains("StreamNer:Web:MaxViewers, 1", await second.Content.ReadAsStringAsync(Stop));
        }

        first.Dispose();
        HttpStatusCode? status = null;
        await Eventually.TrueAsync(
            async () =>
            {
                using var again = await SendAsync(HttpMethod.Get, "/v1/events", ("X-Api-Key", Key));
                status = again.StatusCode;
                return status != HttpStatusCode.TooManyRequests;
            },
            "a place is free");
        Assert.Equal(HttpStatusCode.OK, status);
    }

    [Fact]
    public async Task A_service_that_stops_does_not_wait_for_its_viewers()
    {
        using var broker = EmbeddedBroker.Start();
        await using var service = await Service.StartAsync(ServicePlan.Make(ServiceUnderTest.Settings(broker)), Stop);
        using var http = new HttpClient { BaseAddress = service.Address };
        using var viewer = await http.GetAsync("/v1/events", HttpCompletionOption.ResponseHeadersRead, Stop);

        await service.StopAsync().WaitAsync(TimeSpan.FromMinutes(1), Stop);

        // The stream ends with the service instead of being held open.
        await viewer.Content.CopyToAsync(Stream.Null, Stop);
    }

    [Theory]
    [InlineData("https://tools.example.org/", 1)]
    [InlineData("*", 1)]
    [InlineData("tools.example.org", 1)]
    [InlineData("http://localhost:3000", 0)]
    public void An_origin_must_be_written_as_browsers_do(string origin, int problems) =>
        Assert.Equal(problems, new WebOptions { AllowedOrigins = [origin] }.Problems().Count());

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (method == HttpMethod.Post)
            request.Content = new StringContent("""{"text": "London"}""", Encoding.UTF8, "application/json");
        return await locked.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
    }

    public sealed class LockedService : IAsyncLifetime
    {
        private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();
        private Service? _service;

        public HttpClient Http { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            _service =
                await Service.StartAsync(ServicePlan.Make(
                    ServiceUnderTest.Settings(_broker, $"Web:ApiKey={Key}", $"Web:AllowedOrigins={Origin}", "Web:MaxViewers=1")), Stop);
            await ServiceUnderTest.ReadyAsync(_service, Stop);
            Http = new HttpClient { BaseAddress = _service.Address };
        }

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            await _service!.StopAsync();
            await _service.DisposeAsync();
            _broker.Dispose();
        }
    }
}
