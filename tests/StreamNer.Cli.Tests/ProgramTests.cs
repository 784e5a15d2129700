using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using StreamNer.Actors;
using StreamNer.Embedded;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Cli.Tests;

/// <summary>The program in a process of its own, for what only shows at its edges.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed partial class ProgramTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _home = Directory.CreateTempSubdirectory("streamner-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task A_run_of_a_model_leaves_nothing_of_the_runtimes_telemetry_behind()
    {
        using var program = Start("echo 'Sarah lives in London' | \"$@\"");
        var (labels, _) = await EndAsync(program);

        Assert.Equal("B-PER O O B-LOC", labels.Trim());
        Assert.Empty(Directory.EnumerateFiles(_home, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_run_of_a_model_looks_up_no_name()
    {
        // The C library reads this file when a process looks up its first name, and complains of what it does not know.
        var told = Path.Combine(_home, "host.conf");
        await File.WriteAllTextAsync(told, "no-such-word\n", Stop);
        using var lookUp = Start($"RESOLV_HOST_CONF='{told}' getent ahosts localhost");
        Assert.SkipUnless(
            (await EndAsync(lookUp)).Errors.Contains("no-such-word", StringComparison.Ordinal),
            "the C library of this system does not tell of names that are looked up");

        // Telemetry that is on sends what it has some ten seconds after it began: there is nothing to wait for but the time.
        using var program = Start($"{{ echo 'Sarah lives in London'; sleep 20; }} | RESOLV_HOST_CONF='{told}' \"$@\"");
        var (labels, complaints) = await EndAsync(program);

        Assert.Equal("B-PER O O B-LOC", labels.Trim());
        Assert.DoesNotContain("no-such-word", complaints);
    }

    [Fact]
    public async Task Results_that_can_not_be_written_are_told_and_end_with_1()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this system has no device that is always full");
        using var program = Start("echo 'Sarah lives in London' | \"$@\" > /dev/full");
        var (_, told) = await EndAsync(program);

        Assert.Equal(ExitCodes.Failed, program.ExitCode);
        Assert.Equal(2, told.Split("streamner: standard output can't be written: ").Length);
        Assert.DoesNotContain("   at ", told);
    }

    [Theory]
    [InlineData("label")]
    [InlineData("--version")]
    public async Task Results_for_a_standard_output_that_was_closed_are_told_and_end_with_1(string verb)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no such shell");
        using var program = Start($"echo 'Sarah lives in London' | {(verb == "label" ? "\"$@\"" : "\"$1\" \"$2\" --version")} >&-");
        var (_, told) = await EndAsync(program);

        Assert.Equal(ExitCodes.Failed, program.ExitCode);
        Assert.Contains("standard output", told);
        Assert.DoesNotContain("   at ", told);
    }

    [Fact]
    public async Task A_command_ends_when_the_reader_of_its_results_has_gone()
    {
        // The input never ends: only the missing reader can be the reason.
        using var program = Start("yes 'Sarah lives in London' | { \"$@\"; echo \"ended with $?\" >&2; } | head -n 1");
        var (first, told) = await EndAsync(program);

        Assert.Equal("B-PER O O B-LOC", first.Trim());
        Assert.Equal(2, told.Split("streamner: nobody reads standard output any more").Length);
        Assert.Contains("ended with 1", told);
    }

    [Fact]
    public async Task A_tap_ends_when_the_reader_of_its_events_has_gone_although_no_more_come()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no such shell");
        using var broker = EmbeddedBroker.Start();
        broker.CreateTopic("entities", 1);
        using (var writer = new TopicWriter(broker.BootstrapServers, "entities"))
        {
            writer.Write(null, """{"document":"1","entities":[]}""");
            writer.Flush();
        }

        using var program = Start($"{{ \"$1\" \"$2\" tap -b --set Kafka:BootstrapServers={broker.BootstrapServers}; "
            + "echo \"ended with $?\" >&2; } | head -n 1");
        var (first, told) = await EndAsync(program);

        Assert.Equal("1  no entities", first.Trim());
        Assert.Equal(2, told.Split("streamner: nobody reads standard output any more").Length);
        Assert.Contains("ended with 1", told);
    }

    [Fact]
    public async Task A_working_directory_that_is_gone_is_told_as_such()
    {
        var gone = Path.Combine(_home, "gone");
        using var program = Start($"mkdir '{gone}' && cd '{gone}' && rmdir '{gone}' && echo 'Sarah lives in London' | \"$@\"");
        var (_, told) = await EndAsync(program);

        Assert.Equal(ExitCodes.Usage, program.ExitCode);
        Assert.Contains("streamner: the working directory is gone", told);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_told_before_anything_starts()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"http://{taken.LocalEndpoint}";
        using var program = Start("\"$@\"", "run", "--embedded-broker", "--set", $"Web:Url={address}");
        var (_, told) = await EndAsync(program);

        Assert.Equal(ExitCodes.Usage, program.ExitCode);
        Assert.Equal(
            $"""
            streamner: the configuration can't be used:
              - StreamNer:Web:Url is {address}, something else listens there already; choose another port, or 0 for any free one

            """.ReplaceLineEndings("\n"),
            told);
    }

    [Theory]
    [InlineData("NO_COLOR=1", false)]
    [InlineData("-u NO_COLOR", true)]
    public async Task Entities_are_coloured_on_a_terminal_unless_NO_COLOR_is_set(string environment, bool coloured)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "there is nothing here that plays a terminal (util-linux)");
        var text = Path.Combine(_home, "text.txt");
        await File.WriteAllTextAsync(text, "Sarah lives in London\n", Stop);
        using var program = Start($"env {environment} TERM=xterm-256color script -qec \"$*\" /dev/null < /dev/null",
            "label", "--format", "pretty", "--quiet", text);
        var (shown, _) = await EndAsync(program);

        Assert.Contains("London", shown, StringComparison.Ordinal);
        Assert.Equal(coloured, ColourOn().IsMatch(shown));
    }

    [Fact]
    public async Task Each_line_of_a_log_in_json_is_an_object_with_its_time_level_and_number()
    {
        using var program = Start("exec \"$@\"", [.. Service, "--set", "Logging:Format=Json"]);
        var lines = new List<string>();
        await ReadUntilAsync(program, lines, "StreamNer ");
        Signal(program, "TERM");
        var (_, rest) = await EndAsync(program);

        // What the command says of its broker to whoever sits before it is no part of the log.
        lines.AddRange(rest.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        lines.RemoveAll(line => line.StartsWith("streamner: ", StringComparison.Ordinal));
        Assert.All(lines, line =>
        {
            using var entry = JsonDocument.Parse(line);
            Assert.True(entry.RootElement.GetProperty("Timestamp").TryGetDateTime(out _), line);
            Assert.NotEmpty(entry.RootElement.GetProperty("LogLevel").GetString()!);
            Assert.True(entry.RootElement.GetProperty("EventId").TryGetInt32(out _), line);
        });
    }

    [Fact]
    public async Task A_second_signal_ends_a_service_at_once_that_is_still_stopping()
    {
        using var program = Start(
            "exec \"$@\"", [.. Service, "--set", "Logging:Format=Json", "--set", "Web:BodyTimeout=00:10:00", "--set",
                "Pipeline:DrainTimeout=00:10:00"]);
        var lines = new List<string>();
        await ReadUntilAsync(program, lines, "StreamNer ");
        using var started = JsonDocument.Parse(lines[^1]);
        var address = new Uri(started.RootElement.GetProperty("State").GetProperty("Url").GetString()!);

        // A body of which the rest does not come: the first stop waits for it.
        using var slow = new TcpClient(address.Host, address.Port);
        await slow.GetStream().WriteAsync(
            "POST /v1/label HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"u8.ToArray(), Stop);
        await slow.GetStream().WriteAsync("Content-Length: 17\r\n\r\n{\"text\": \""u8.ToArray(), Stop);
        await slow.GetStream().ReadExactlyAsync(new byte["HTTP/1.1 100 Continue\r\n\r\n".Length], Stop);

        // Not Ctrl+C's: in the background of a shell that one is ignored.
        Signal(program, "TERM");
        await ReadUntilAsync(program, lines, "drained and committed");
        Assert.False(program.HasExited);

        Signal(program, "TERM");
        await EndAsync(program);

        Assert.Equal(128 + 15, program.ExitCode);
    }

    private static string[] Service => ["run", "--embedded-broker", "--set", "Web:Url=http://127.0.0.1:0"];

    /// <summary>A colour of letters or of what is behind them is switched on.</summary>
    [GeneratedRegex("\\x1b\\[[0-9;]*(3|4|9|10)[0-9;]*m")]
    private static partial Regex ColourOn();

    private static void Signal(Process program, string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", program.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Reads the log up to a line that holds what is looked for.</summary>
    private static async Task ReadUntilAsync(Process program, List<string> lines, string what)
    {
        do
        {
            string? line = null;
            try
            {
                line = await program.StandardError.ReadLineAsync(Stop).AsTask().WaitAsync(Patience, Stop);
            }
            catch (TimeoutException)
            {
                program.Kill(entireProcessTree: true);
            }

            if (line is null)
                Assert.Fail($"it never said '{what}':\n{string.Join('\n', lines)}");
            lines.Add(line);
        }
        while (!lines[^1].Contains(what, StringComparison.Ordinal));
    }

    /// <summary>Waits until a program ends, no longer than it may take.</summary>
    private static async Task<(string Output, string Errors)> EndAsync(Process program)
    {
        var (output, errors) = (program.StandardOutput.ReadToEndAsync(Stop), program.StandardError.ReadToEndAsync(Stop));
        try
        {
            await Task.WhenAll(output, errors, program.WaitForExitAsync(Stop)).WaitAsync(Patience, Stop);
        }
        catch (TimeoutException)
        {
            program.Kill(entireProcessTree: true);
            Assert.Fail($"it did not end within {Patience}; it wrote:\n{await output}\n{await errors}");
        }

        return (await output, await errors);
    }

    /// <summary>Runs a line of the shell in which <c>"$@"</c> is the program, labelling standard input.</summary>
    private Process Start(string line) => Start(line, "label", "--format", "labels", "--quiet");

    private Process Start(string line, params string[] arguments)
    {
        string[] program =
            ["dotnet", Path.Combine(AppContext.BaseDirectory, "streamner.dll"), .. arguments, "--model", Repository.DefaultModel];
        var start =
            new ProcessStartInfo("/bin/sh", ["-c", line, "sh", .. program]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HOME"] = _home;
        start.Environment.Remove("XDG_CACHE_HOME");
        start.Environment.Remove("ORT_DISABLE_TELEMETRY");
        return Process.Start(start)!;
    }
}
