using System.Net;
using System.Text.Json;
using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Host.Tests.Web;

/// <summary>Each way to a 503, over HTTP as a probe, a load balancer or a client sees it.</summary>
public sealed class UnavailableTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public async Task Live_refuses_when_the_actors_have_ended(string method)
    {
        await using var own = await OwnService.StartAsync();
        await own.Services.GetRequiredService<ActorSystem>().Terminate();

        using var answer = await own.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/health/live"), Stop);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        if (method == "GET")
            Assert.Equal("the actor system has ended", (await JsonAsync(answer)).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Ready_refuses_with_its_reasons()
    {
        await using var own = await WithoutLanesAsync();

        using var answer = await own.Http.GetAsync("/health/ready", Stop);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        var ready = await JsonAsync(answer);
        Assert.Equal("not ready", ready.GetProperty("status").GetString());
        Assert.Contains(
            "no node with a lane has joined, or none is left",
            ready.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetString()));
    }

    [Fact]
    public async Task A_request_is_refused_while_no_lane_is_ready()
    {
        await using var own = await WithoutLanesAsync();

        using var answer = await own.PostAsync("Anna", Stop);

        await AssertUnavailableAsync(answer, "no lane is ready yet");
    }

    [Fact]
    public async Task A_request_is_refused_when_its_labels_are_not_there_within_the_time_that_is_set()
    {
        await using var own = await OwnService.StartAsync("Web:RequestTimeout=00:00:00.100");

        using var answer = await own.PostAsync(own.LongText, Stop);

        await AssertUnavailableAsync(answer, "no labels within StreamNer:Web:RequestTimeout, 00:00:00.1");
        await Eventually.TrueAsync(() => own.InFlight() == 0, "forgotten");
    }

    [Fact]
    public async Task A_request_is_refused_when_the_lanes_go_while_it_waits()
    {
        await using var own = await OwnService.StartAsync();
        var asked = own.PostAsync(own.LongText, Stop);
        await Eventually.TrueAsync(() => own.InFlight() == 1, "asked for");

        own.Recognition.Tell(PoisonPill.Instance);

        using var answer = await asked;
        await AssertUnavailableAsync(answer, "the model's lanes were lost");
    }

    /// <summary>A node that reads, of a cluster in which nobody computes.</summary>
    private static Task<OwnService> WithoutLanesAsync() => OwnService.StartUnreadyAsync(
        "Cluster:Enabled=true", "Cluster:Roles:0=stream", "Cluster:Port=0", "Cluster:Seeds:0=127.0.0.1:1");

    private static async Task AssertUnavailableAsync(HttpResponseMessage answer, string detail)
    {
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.StartsWith(detail, (await JsonAsync(answer)).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer) =>
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop)).RootElement;
}
