using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StreamNer.Actors;
using StreamNer.Embedded;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Cli.Tests;

/// <summary>The program in a process of its own, for what only shows at its edges.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class ProgramTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("streamner-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task A_run_of_a_model_leaves_nothing_of_the_runtimes_telemetry_behind()
    {
        using var program = Start("echo 'Sarah lives in London' | \"$@\"");
        var labels = await program.StandardOutput.ReadToEndAsync(Stop);
        await program.WaitForExitAsync(Stop);

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
            (await lookUp.StandardError.ReadToEndAsync(Stop)).Contains("no-such-word", StringComparison.Ordinal),
            "the C library of this system does not tell of names that are looked up");

        // Telemetry that is on sends what it has some ten seconds after it began: there is nothing to wait for but the time.
        using var program = Start($"{{ echo 'Sarah lives in London'; sleep 20; }} | RESOLV_HOST_CONF='{told}' \"$@\"");
        var complaints = program.StandardError.ReadToEndAsync(Stop);
        var labels = await program.StandardOutput.ReadToEndAsync(Stop);
        await program.WaitForExitAsync(Stop);

        Assert.Equal("B-PER O O B-LOC", labels.Trim());
        Assert.DoesNotContain("no-such-word", await complaints);
    }

    [Fact]
    public async Task Results_that_can_not_be_written_are_told_and_end_with_1()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "this system has no device that is always full");
        using var program = Start("echo 'Sarah lives in London' | \"$@\" > /dev/full");
        var told = await program.StandardError.ReadToEndAsync(Stop);
        await program.WaitForExitAsync(Stop);

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
        var told = await program.StandardError.ReadToEndAsync(Stop);
        await program.WaitForExitAsync(Stop);

        Assert.Equal(ExitCodes.Failed, program.ExitCode);
        Assert.Contains("standard output", told);
        Assert.DoesNotContain("   at ", told);
    }

    [Fact]
    public async Task A_command_ends_when_the_reader_of_its_results_has_gone()
    {
        // The input never ends: only the missing reader can be the reason.
        using var program = Start("yes 'Sarah lives in London' | { \"$@\"; echo \"ended with $?\" >&2; } | head -n 1");
        var first = await program.StandardOutput.ReadToEndAsync(Stop);
        var told = await program.StandardError.ReadToEndAsync(Stop);
        await program.WaitForExitAsync(Stop);

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
        var first = await program.StandardOutput.ReadToEndAsync(Stop);
        var told = await program.StandardError.ReadToEndAsync(Stop);
        await program.WaitForExitAsync(Stop);

        Assert.Equal("1  no entities", first.Trim());
        Assert.Equal(2, told.Split("streamner: nobody reads standard output any more").Length);
        Assert.Contains("ended with 1", told);
    }

    [Fact]
    public async Task A_working_directory_that_is_gone_is_told_as_such()
    {
        var gone = Path.Combine(_home, "gone");
        using var program = Start($"mkdir '{gone}' && cd '{gone}' && rmdir '{gone}' && echo 'Sarah lives in London' | \"$@\"");
        var told = await program.StandardError.ReadToEndAsync(Stop);
        await program.WaitForExitAsync(Stop);

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
        var told = await program.StandardError.ReadToEndAsync(Stop);
        await program.WaitForExitAsync(Stop);

        Assert.Equal(ExitCodes.Usage, program.ExitCode);
        Assert.Equal(
            $"""
            streamner: the configuration can't be used:
              - StreamNer:Web:Url is {address}, something else listens there already; choose another port, or 0 for any free one

            """.ReplaceLineEndings("\n"),
            told);
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
