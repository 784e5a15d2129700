using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Host.Tests.Web;

public sealed class EndpointTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Live_says_that_the_process_answers() =>
        Assert.Equal("live", (await JsonAsync("/health/live")).GetProperty("status").GetString());

    [Fact]
    public async Task Ready_says_that_documents_would_flow()
    {
        var ready = await JsonAsync("/health/ready");

        Assert.Equal("ready", ready.GetProperty("status").GetString());
        Assert.Equal(0, ready.GetProperty("reasons").GetArrayLength());
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Health_answers_who_asks_for_the_head_alone(string path)
    {
        using var answer = await service.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path), Stop);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Stop));
    }

    [Fact]
    public async Task Info_says_which_model_and_topics()
    {
        var info = await JsonAsync("/info");

        Assert.Equal("en-ner-small", info.GetProperty("model").GetProperty("name").GetString());
        Assert.Equal("documents", info.GetProperty("kafka").GetProperty("inputTopics")[0].GetString());
        Assert.All(info.GetProperty("lanes").EnumerateArray(), lane => Assert.Equal("Ready", lane.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task Metrics_have_those_of_every_part()
    {
        await PostAsync("""{"text": "Sarah lives in London"}""");

        var metrics = await service.Http.GetStringAsync("/metrics", Stop);

        Assert.Contains("streamner_inference_duration_seconds_bucket", metrics);
        Assert.Contains("streamner_documents_in_flight", metrics);
        Assert.Contains("dotnet_process_cpu_time_seconds_total", metrics);
    }

    [Theory]
    [InlineData("utf16", 3, 8)]
    [InlineData("codepoint", 2, 7)]
    [InlineData("utf8", 5, 10)]
    public async Task Places_are_counted_in_the_unit_that_is_asked_for(string unit, int start, int end)
    {
        using var answer = await service.Http.PostAsync(
            "/v1/label", new StringContent($$"""{"text": "😀 Sarah lives in London", "offsetUnit": "{{unit}}"}""",
                Encoding.UTF8, "application/json"), Stop);

        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop));
        var entity = json.RootElement.GetProperty("entities")[0];
        Assert.Equal((unit, "Sarah"), (json.RootElement.GetProperty("offsetUnit").GetString(), entity.GetProperty("text").GetString()));
        Assert.Equal((start, end), (entity.GetProperty("start").GetInt32(), entity.GetProperty("end").GetInt32()));
    }

    [Fact]
    public async Task Entities_below_the_least_score_that_is_asked_for_are_left_out()
    {
        using var answer = await service.Http.PostAsync(
            "/v1/label", new StringContent("""{"text": "Sarah lives in London", "minScore": 1}""",
                Encoding.UTF8, "application/json"), Stop);

        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop));
        Assert.Equal(0, json.RootElement.GetProperty("entities").GetArrayLength());
    }

    [Fact]
    public async Task A_packed_body_is_refused_with_the_name_of_its_encoding()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(Encoding.UTF8.GetBytes("""{"text": "Sarah"}"""), Stop);
        using var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentType = new("application/json");
        content.Headers.ContentEncoding.Add("gzip");

        using var answer = await service.Http.PostAsync("/v1/label", content, Stop);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Contains("the content encoding is 'gzip'", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_beyond_the_bound_gets_429_and_when_to_come_again()
    {
        await using var own = await OwnService.StartAsync("Recognition:MaxWaitingCharacters=1000");
        using var client = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var first = own.PostAsync(own.LongText, client.Token);
        await Eventually.TrueAsync(() => own.InFlight() == 1, "asked for");
        using var refused = await own.PostAsync("Anna", Stop);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 30);
        Assert.Contains("Recognition:MaxWaitingCharacters", await refused.Content.ReadAsStringAsync(Stop));
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Eventually.TrueAsync(() => own.InFlight() == 0, "forgotten");
        using var served = await own.PostAsync("Anna", Stop);
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }

    [Fact]
    public async Task The_index_lists_the_endpoints() => Assert.Contains("/v1/label", await service.Http.GetStringAsync("/", Stop));

    [Fact]
    public async Task One_text_is_answered_with_the_body_of_the_output_event()
    {
        using var answer = await PostAsync("""{"text": "John Lenon was born in London"}""");

        var body = await JsonAsync(answer);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(29, body.GetProperty("textLength").GetInt32());
        var first = body.GetProperty("entities")[0];
        Assert.Equal((0, 10, "John Lenon", "PER"), (first.GetProperty("start").GetInt32(), first.GetProperty("end")
            .GetInt32(), first.GetProperty("text").GetString(), first.GetProperty("label").GetString()));
    }

    [Fact]
    public async Task Several_texts_are_answered_in_their_order()
    {
        using var answer = await PostAsync("""{"texts": ["London", "", "Paris"]}""");

        var bodies = (await JsonAsync(answer)).EnumerateArray().ToArray();
        Assert.Equal(["texts/0", "texts/1", "texts/2"], bodies.Select(body => body.GetProperty("document").GetString()));
        Assert.Equal([6, 0, 5], bodies.Select(body => body.GetProperty("textLength").GetInt32()));
    }

    [Fact]
    public async Task One_bad_text_of_several_leaves_the_others_their_labels()
    {
        using var answer = await PostAsync($$"""{"texts": ["London", "{{string.Concat(Enumerable.Repeat("a ", 1000))}}"]}""");

        var bodies = await JsonAsync(answer);
        Assert.Equal(6, bodies[0].GetProperty("textLength").GetInt32());
        Assert.Equal("text_too_long", bodies[1].GetProperty("failure").GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_text_too_long_for_the_configuration_is_a_bad_request()
    {
        using var answer = await PostAsync($$"""{"text": "{{string.Concat(Enumerable.Repeat("a ", 1000))}}"}""");

        await AssertProblemAsync(answer, HttpStatusCode.BadRequest, "text_too_long");
    }

    [Fact]
    public async Task A_body_that_is_not_json_is_a_bad_request()
    {
        using var answer = await PostAsync("hello");

        await AssertProblemAsync(answer, HttpStatusCode.BadRequest, "not valid JSON: it breaks at line 1");
    }

    [Fact]
    public async Task Too_many_texts_are_a_bad_request_that_names_the_limit()
    {
        using var answer = await PostAsync("""{"texts": ["a", "b", "c", "d"]}""");

        await AssertProblemAsync(answer, HttpStatusCode.BadRequest, "more than 3 entries");
    }

    [Fact]
    public async Task A_body_above_the_limit_is_refused_with_the_limit()
    {
        using var answer = await PostAsync($$"""{"text": "{{new string('a', 5000)}}"}""");

        await AssertProblemAsync(answer, HttpStatusCode.RequestEntityTooLarge, "more than 4096 bytes");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=iso-8859-1")]
    public async Task Another_content_type_is_refused(string contentType)
    {
        using var answer = await PostAsync("""{"text": "a"}""", contentType);

        await AssertProblemAsync(answer, HttpStatusCode.UnsupportedMediaType, "it must be application/json in UTF-8");
    }

    [Fact]
    public async Task More_requests_at_once_than_allowed_are_refused_with_the_limit()
    {
        await using var own = await OwnService.StartAsync("Web:MaxConcurrentRequests=1");
        using var client = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var first = own.PostAsync(own.LongText, client.Token);
        await Eventually.TrueAsync(() => own.InFlight() == 1, "asked for");

        using var answer = await own.PostAsync("a", Stop);

        await AssertProblemAsync(answer, HttpStatusCode.TooManyRequests, "1 requests are being worked on");
        Assert.NotNull(answer.Headers.RetryAfter);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Eventually.TrueAsync(() => own.InFlight() == 0, "forgotten");
    }

    [Fact]
    public async Task An_unknown_path_is_a_problem_like_any_other()
    {
        using var answer = await service.Http.GetAsync("/nope", Stop);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_foreign_host_name_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/info");
        request.Headers.Host = "evil.example";

        using var answer = await service.Http.SendAsync(request, Stop);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/info")]
    [InlineData("/nope")]
    public async Task Every_answer_carries_the_headers_that_keep_a_browser_harmless(string path)
    {
        using var answer = await service.Http.GetAsync(path, Stop);

        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("DENY", answer.Headers.GetValues("X-Frame-Options").Single());
        Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.False(answer.Headers.Contains("Server"));
    }

    private async Task<HttpResponseMessage> PostAsync(string body, string contentType = "application/json")
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return await service.Http.PostAsync("/v1/label", content, Stop);
    }

    private async Task<JsonElement> JsonAsync(string path) => JsonDocument.Parse(await service.Http.GetStringAsync(path, Stop)).RootElement;

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop)).RootElement;

    private static async Task AssertProblemAsync(HttpResponseMessage answer, HttpStatusCode status, string detail)
    {
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains(detail, (await JsonAsync(answer)).GetProperty("detail").GetString());
    }
}
