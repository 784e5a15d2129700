using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using StreamNer.Actors;
using StreamNer.Cli.Terminal;
using StreamNer.Host.Observability;
using StreamNer.Host.Tests;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Cli.Tests.Commands;

public sealed class TopCommandTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    [Fact]
    public async Task Without_a_terminal_it_prints_how_the_service_does_and_ends()
    {
        using (var writer = new TopicWriter(service.Broker, "documents"))
        {
            writer.Write("a", "Sarah lives in London");
            writer.Write("b", [0xFF]);
            writer.Flush();
        }

        await Eventually.TrueAsync(() => service.Pipeline.Snapshot() is { Published: > 0, DeadLettered: > 0 }, "both through");
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync("top", "--url", $"{service.Service.Address}"));
        Assert.Contains("documents/s", terminal.Output);
        Assert.Contains("lane 0  en-ner-small on cpu  Ready", terminal.Output);
        Assert.Contains("documents/3", terminal.Output);
        Assert.Matches("1 +read +invalid_utf8", terminal.Output);
        Assert.Contains("since the start: 2 consumed, 1 published", terminal.Output);
        Assert.DoesNotContain('\u001b', terminal.Output);
    }

    [Fact]
    public async Task Where_nobody_answers_it_says_so_with_the_way_out()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Failed, await terminal.RunAsync("top", "--url", $"http://127.0.0.1:{port}"));
        Assert.Contains("no service answers at", terminal.Error);
        Assert.Contains("--url", terminal.Error);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"time":"2026-01-01T00:00:00Z","intervalSeconds":5,"now":null}""")]
    [InlineData("<html>")]
    public async Task What_answers_something_else_than_a_status_is_told_so(string answer)
    {
        var terminal = new TestTerminal();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, $"Content-Length: {answer.Length}\r\n", answer, times: 1);

        Assert.Equal(ExitCodes.Failed, await terminal.RunAsync("top", "--url", $"http://{listener.LocalEndpoint}"));
        await answering;
        Assert.Contains("answers, but with no status", terminal.Error);
    }

    [Fact]
    public async Task A_list_of_nothing_is_no_status()
    {
        var terminal = new TestTerminal();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answer = JsonSerializer.Serialize(Status(new StatusLane("m", 0, "cpu", "Ready", 0, null)), JsonSerializerOptions.Web);
        answer = Regex.Replace(answer, """ "lanes":\[[^]]*\] """.Trim(), "\"lanes\":[null]");
        var answering = AnswerAsync(listener, $"Content-Length: {answer.Length}\r\n", answer, times: 1);

        Assert.Equal(ExitCodes.Failed, await terminal.RunAsync("top", "--url", $"http://{listener.LocalEndpoint}"));
        await answering;
        Assert.Contains("answers, but with no status", terminal.Error);
    }

    [Fact]
    public async Task An_answer_without_an_end_is_given_up_before_it_fills_the_memory()
    {
        var terminal = new TestTerminal();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, "", new string(' ', 1 << 20), times: 64);

        Assert.Equal(ExitCodes.Failed, await terminal.RunAsync("top", "--url", $"http://{listener.LocalEndpoint}"));
        Assert.InRange(await answering, 1, 40);
    }

    [Fact]
    public void A_lane_that_claims_to_be_busier_than_busy_is_drawn_with_a_full_bar()
    {
        using var output = new MemoryStream();
        var terminal = new CommandTerminal(new MemoryStream(), output, TextWriter.Null, outputIsTerminal: false, errorIsTerminal: false,
            colours: false);

        terminal.OutputConsole.Write(
            StatusView.Of(new Uri("http://x"), Status(new("m", 0, "cpu", "Ready", 0, 1e9), new("m", 1, "cpu", "Ready", 0, -7)), 80));
        terminal.Flush();

        var drawn = Encoding.UTF8.GetString(output.ToArray());
        Assert.Contains(new string('█', 20), drawn);
        Assert.Contains(new string('░', 20), drawn);
    }

    [Fact]
    public void Of_a_cluster_every_node_is_drawn_with_its_lanes_and_why_it_gives_none()
    {
        var drawn = Draw(Status(new("m", 0, "cpu", "Ready", 0, null) { Node = "10.0.0.2:4053" },
            new("m", 1, "cpu", "Loading", 0, null) { Node = "10.0.0.2:4053" }) with
        {
            Cluster = new StatusCluster("10.0.0.1:4053", ["stream"],
            [
                new("10.0.0.1:4053", ["stream"], "Up", []),
                new("10.0.0.2:4053", ["inference"], "Up", []),
                new("10.0.0.3:4053", ["stream", "inference"], "Unreachable", [new("m", "other files\u001b[31m")]),
            ]),
        });

        Assert.Matches(@"10\.0\.0\.1:4053 +stream +Up +- +this one", drawn);
        Assert.Matches(@"10\.0\.0\.2:4053 +inference +Up +1 of 2", drawn);
        Assert.Matches(@"10\.0\.0\.3:4053 +stream, inference +Unreachable +-", drawn);
        Assert.Contains("10.0.0.3:4053 gives no lanes: other files", drawn);
        Assert.Matches(@"lane 0 +m on cpu of 10\.0\.0\.2:4053 +Ready", drawn);
        Assert.DoesNotContain("busy", drawn);
        Assert.DoesNotContain('\u001b', drawn);
    }

    [Fact]
    public void Of_a_cluster_the_round_trip_and_the_bytes_between_nodes_are_drawn()
    {
        var status = Status();
        var drawn = Draw(status with
        {
            Now = status.Now with { Pool = new StatusPool(new StatusLatency(0.01, 0.042, 0.09), 12.5, 0, 1_234_567, 890) },
        });

        Assert.Matches("round trip p95 +42 ms +12.5 batches/s to other nodes", drawn);
        Assert.Matches("sent +1.2 MB", drawn);
        Assert.Matches("received +890 B", drawn);
    }

    [Fact]
    public void Of_many_nodes_those_are_drawn_that_something_is_the_matter_with()
    {
        var drawn = Draw(Status() with
        {
            Cluster = new StatusCluster("a:0", ["stream"],
                [.. Enumerable.Range(0, 40).Select(i => new StatusNode($"a:{i}", ["stream"], i == 39 ? "Unreachable" : "Up", []))]),
        });

        Assert.Matches("a:39 +stream +Unreachable", drawn);
        Assert.Contains("and 28 nodes more", drawn);
    }

    // No service of this process is a node: what they measure is the process's.
    [Fact]
    public async Task A_service_alone_measures_nothing_of_a_pool() =>
        Assert.DoesNotContain("streamner_pool", await service.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken));

    [Theory]
    [InlineData("nonsense")]
    [InlineData("ftp://here")]
    public async Task A_senseless_address_is_a_usage_error(string url) =>
        Assert.Equal(ExitCodes.Usage, await new TestTerminal().RunAsync("top", "--url", url));

    [Fact]
    public void Every_part_is_drawn_when_nothing_is_known_yet()
    {
        using var output = new MemoryStream();
        var terminal = new CommandTerminal(new MemoryStream(), output, TextWriter.Null, outputIsTerminal: false, errorIsTerminal: false,
            colours: false);

        terminal.OutputConsole.Write(StatusView.Of(new Uri("http://x"), Status(), 80));
        terminal.Flush();

        var drawn = Encoding.UTF8.GetString(output.ToArray());
        Assert.All(["none has answered", "none is assigned", "dead letters   none"], part => Assert.Contains(part, drawn));
    }

    [Fact]
    public void A_sparkline_goes_from_nought_to_the_highest_and_leaves_out_what_is_not_known()
    {
        Assert.Equal("▁▄█ ", Sparkline.Of([0, 4, 10, null], 10));
        Assert.Equal("▁▁", Sparkline.Of([0, 0], 10));
        Assert.Equal("▅█", Sparkline.Of([8, 1, 2], 2));
        Assert.Equal("", Sparkline.Of([], 10));
    }

    private static string Draw(ServiceStatus status)
    {
        using var output = new MemoryStream();
        var terminal = new CommandTerminal(new MemoryStream(), output, TextWriter.Null, outputIsTerminal: false, errorIsTerminal: false,
            colours: false);
        terminal.OutputConsole.Write(StatusView.Of(new Uri("http://x"), status, 120));
        terminal.Flush();
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static ServiceStatus Status(params StatusLane[] lanes) => new(
        DateTimeOffset.UnixEpoch, 5, new StatusPoint(DateTimeOffset.UnixEpoch, 0, 0, StatusLatency.None, 0, 0, null, null, null, 0), [], [],
        lanes, [], new StatusTotals(0, 0, 0, 0, 0, 0));

    /// <summary>Answers the first request with a body, written over and over for as long as it is taken.</summary>
    /// <returns>How often it was taken.</returns>
    private static async Task<int> AnswerAsync(TcpListener listener, string headers, string body, int times)
    {
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        var written = 0;
        try
        {
            _ = await stream.ReadAsync(new byte[4096], TestContext.Current.CancellationToken);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}\r\n"));
            for (; written < times; written++)
                await stream.WriteAsync(Encoding.ASCII.GetBytes(body));
        }
        catch (IOException)
        {
            // The reader has had enough.
        }

        return written;
    }
}
