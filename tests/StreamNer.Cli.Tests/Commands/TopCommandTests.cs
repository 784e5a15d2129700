using System.Net;
using System.Net.Sockets;
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
    [InlineData("nonsense")]
    [InlineData("ftp://here")]
    public async Task A_senseless_address_is_a_usage_error(string url) =>
        Assert.Equal(ExitCodes.Usage, await new TestTerminal().RunAsync("top", "--url", url));

    [Fact]
    public void Every_part_is_drawn_when_nothing_is_known_yet()
    {
        var nothing = new StatusPoint(DateTimeOffset.UnixEpoch, 0, 0, StatusLatency.None, 0, 0, null, null, null, 0);
        using var output = new MemoryStream();
        var terminal = new CommandTerminal(new MemoryStream(), output, TextWriter.Null, outputIsTerminal: false, errorIsTerminal: false,
            colours: false);

        terminal.OutputConsole.Write(StatusView.Of(new Uri("http://x"),
            new ServiceStatus(DateTimeOffset.UnixEpoch, 5, nothing, [], [], [], [], new StatusTotals(0, 0, 0, 0, 0, 0)), 80));
        terminal.Flush();

        var drawn = System.Text.Encoding.UTF8.GetString(output.ToArray());
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
}
