using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using StreamNer.Actors;
using StreamNer.Embedded;
using StreamNer.Host.Configuration;
using StreamNer.Host.Settings;
using StreamNer.Host.Web.Access;
using StreamNer.Streams.Telemetry;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Host.Tests.Web;

/// <summary>Clients that take places and don't use them.</summary>
public sealed class SlowClientTests : IAsyncLifetime
{
    private const string Head = "POST /v1/label HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    private const string UnfinishedBody = Head + "Content-Length: 1000\r\n\r\n{\"text\": \"";

    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();
    private readonly List<TcpClient> _clients = [];
    private Service? _service;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        if (_service is not null)
        {
            await _service.StopAsync();
            await _service.DisposeAsync();
        }

        _broker.Dispose();
    }

    [Fact]
    public async Task Bodies_that_do_not_come_hold_up_nobody_and_are_given_up()
    {
        using var http = await StartAsync("Web:MaxConcurrentRequests=1", "Web:BodyTimeout=00:00:02");
        var slow = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => SendAsync(UnfinishedBody)));
        var answers = Task.WhenAll(slow.Select(ReadAsync));

        do
        {
            using var content = new StringContent("""{"text": "Sarah"}""", Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync("/v1/label", content, Stop);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        while (!answers.IsCompleted);

        Assert.All(await answers, answer => Assert.StartsWith("HTTP/1.1 408 ", answer));
        Assert.All(await answers, answer => Assert.Contains("Web:BodyTimeout, 00:00:02", answer));
    }

    [Fact]
    public async Task More_bodies_that_do_not_come_than_allowed_are_refused_with_the_limit()
    {
        using var http = await StartAsync("Web:MaxConcurrentBodies=2", "Web:BodyTimeout=00:00:02");
        var slow = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => SendAsync(UnfinishedBody)));

        var answers = await Task.WhenAll(slow.Select(ReadAsync));

        Assert.Equal(2, answers.Count(answer => answer.StartsWith("HTTP/1.1 408 ", StringComparison.Ordinal)));
        Assert.Contains(
            "Web:MaxConcurrentBodies", Assert.Single(answers, answer => answer.StartsWith("HTTP/1.1 429 ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Answers_that_nobody_reads_hold_up_nobody_and_are_given_up()
    {
        using var http = await StartAsync(
            "Web:MaxConcurrentRequests=1", "Web:MaxBodyBytes=8388608", "Web:MaxAnswerBytes=1024", "Web:AnswerTimeout=00:00:10");

        // Words of which the model sees nothing: an answer of several megabytes, more than any buffer on the way holds, for no computing.
        var body = Encoding.UTF8.GetBytes(
            $$"""{"words": [{{string.Join(',', Enumerable.Repeat($"\"{new string('\u200B', 40)}\"", 50_000))}}]}""");
        var slow = new TcpClient { ReceiveBufferSize = 4096 };
        _clients.Add(slow);
        await slow.ConnectAsync(_service!.Address.Host, _service.Address.Port, Stop);
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Head + $"Content-Length: {body.Length}\r\n\r\n"), Stop);
        await slow.GetStream().WriteAsync(body, Stop);
        Assert.Equal("HTTP/1.1 200 OK", await ReadLineAsync(slow));

        using var content = new StringContent("""{"text": "Sarah"}""", Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync("/v1/label", content, Stop);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var more = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
        using var refused = await http.PostAsync("/v1/label", more, Stop);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Contains("Web:MaxAnswerBytes, 1024", await refused.Content.ReadAsStringAsync(Stop));

        // Its time is over some seconds later, and then there is room for another one.
        await Eventually.TrueAsync(
            async () =>
            {
                using var again = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
                using var taken = await http.PostAsync("/v1/label", again, Stop);
                return taken.StatusCode == HttpStatusCode.OK;
            },
            "the answer that nobody read is given up",
            seconds: 120);
    }

    [Fact]
    public async Task Metrics_that_nobody_reads_hold_up_nobody_that_scrapes()
    {
        const string Scrape = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\n\r\n";
        using var http = await StartAsync();
        http.DefaultRequestHeaders.Accept.ParseAdd("text/plain");
        var slow = new TcpClient { ReceiveBufferSize = 4096 };
        _clients.Add(slow);
        await slow.ConnectAsync(_service!.Address.Host, _service.Address.Port, Stop);

        // More answers than any buffer on the way holds.
        using var full = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var scrapes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Scrape, 2000)));
        var asked = slow.GetStream().WriteAsync(scrapes, full.Token).AsTask();

        // One that is written serves all that ask within 0.3 s: the next is made when nobody reads it any more.
        for (var since = Stopwatch.StartNew(); since.Elapsed < TimeSpan.FromSeconds(3);)
        {
            using var answer = await http.GetAsync("/metrics", Stop).WaitAsync(TimeSpan.FromSeconds(30), Stop);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains("streamner_", await answer.Content.ReadAsStringAsync(Stop));
        }

        await full.CancelAsync();
        await asked.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task A_stop_ends_the_intake_of_the_stream_at_once_although_a_request_is_still_worked_on()
    {
        using var http = await StartAsync("Web:BodyTimeout=00:01:00", "Pipeline:DrainTimeout=00:01:00");
        var slow = await SendAsync(Head + "Expect: 100-continue\r\nContent-Length: 17\r\n\r\n{\"text\": \"");

        // A connection on which nothing has been read yet is closed with the others.
        var isRead = new byte["HTTP/1.1 100 Continue\r\n\r\n".Length];
        await slow.GetStream().ReadExactlyAsync(isRead, Stop);
        Assert.StartsWith("HTTP/1.1 100 ", Encoding.ASCII.GetString(isRead));

        var stopped = _service!.StopAsync();
        await Eventually.TrueAsync(
            () => _service.Services.GetRequiredService<PipelineStatus>().Snapshot().State == PipelineState.Stopped, "the stream drained");
        Assert.False(stopped.IsCompleted);

        await slow.GetStream().WriteAsync("Sarah\"}"u8.ToArray(), Stop);
        Assert.StartsWith("HTTP/1.1 200 ", await ReadAsync(slow));
        Assert.Equal(ExitCodes.Done, await stopped);
    }

    [Theory]
    [InlineData("no number")]
    [InlineData("ffffffffffffffff")]
    public async Task A_body_that_is_no_body_is_a_bad_request(string size)
    {
        using var http = await StartAsync();

        var answer = await ReadAsync(await SendAsync(Head + $"Transfer-Encoding: chunked\r\n\r\n{size}\r\n"));

        Assert.StartsWith("HTTP/1.1 400 ", answer);
        Assert.Contains("application/problem+json", answer);
    }

    [Fact]
    public async Task One_connection_more_than_allowed_is_closed_and_the_others_are_served()
    {
        using var http = await StartAsync("Web:MaxConnections=2");
        var (first, second) = (await ConnectAsync(), await ConnectAsync());
        await AskAsync(first);
        await AskAsync(second);

        Assert.Equal("", await ReadAsync(await ConnectAsync()));
        await AskAsync(first);
        second.Dispose();
        await Eventually.TrueAsync(TryAskAsync, "the place of the closed connection is free");
    }

    [Theory]
    [InlineData(1024, 20_000L, 1024)]
    [InlineData(1024, 1000L, 500)]
    [InlineData(1024, 1L, 1)]
    [InlineData(1024, null, 1024)]
    public void Connections_take_no_more_than_half_of_the_descriptors(int wanted, long? descriptors, int taken) =>
        Assert.Equal(taken, ConnectionLimit.For(new WebOptions { MaxConnections = wanted }, descriptors).Connections);

    [Theory]
    [InlineData("Max open files            4096                 1048576              files     ", 4096L)]
    [InlineData("Max open files            unlimited            unlimited            files     ", null)]
    [InlineData("Max cpu time              unlimited            unlimited            seconds   ", null)]
    public void The_limit_of_descriptors_is_read_from_what_the_system_says(string line, long? descriptors) =>
        Assert.Equal(descriptors, ConnectionLimit.ReadDescriptors(["Limit                     Soft Limit           "
            + "Hard Limit           Units     ", line]));

    private async Task<HttpClient> StartAsync(params string[] settings)
    {
        _service = await Service.StartAsync(ServicePlan.Make(ServiceUnderTest.Settings(_broker, settings)), Stop);
        await ServiceUnderTest.ReadyAsync(_service, Stop);
        return new HttpClient { BaseAddress = _service.Address };
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        _clients.Add(client);
        await client.ConnectAsync(_service!.Address.Host, _service.Address.Port, Stop);
        return client;
    }

    private static async Task<string> ReadLineAsync(TcpClient client)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await client.GetStream().ReadAsync(one, Stop) == 1 && one[0] != (byte)'\r')
            line.Append((char)one[0]);
        return line.ToString();
    }

    private async Task<TcpClient> SendAsync(string request)
    {
        var client = await ConnectAsync();
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), Stop);
        return client;
    }

    /// <summary>Everything that comes until the server ends the connection.</summary>
    private static async Task<string> ReadAsync(TcpClient client)
    {
        var read = new MemoryStream();
        try
        {
            await client.GetStream().CopyToAsync(read, Stop);
        }
        catch (IOException)
        {
            // Ended with a reset: what came before counts.
        }

        return Encoding.UTF8.GetString(read.ToArray());
    }

    private static async Task AskAsync(TcpClient client)
    {
        await client.GetStream().WriteAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), Stop);
        var head = new byte[15];
        await client.GetStream().ReadExactlyAsync(head, Stop);
        Assert.Equal("HTTP/1.1 200 OK", Encoding.ASCII.GetString(head));

        // The rest of the answer, to its last chunk.
        var one = new byte[1];
        var rest = new StringBuilder();
        do
        {
            await client.GetStream().ReadExactlyAsync(one, Stop);
            rest.Append((char)one[0]);
        }
        while (!rest.ToString().EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal));
    }

    private async Task<bool> TryAskAsync()
    {
        try
        {
            await AskAsync(await ConnectAsync());
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
