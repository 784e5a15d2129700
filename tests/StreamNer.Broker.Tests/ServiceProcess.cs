using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using StreamNer.TestSupport.Kafka;

namespace StreamNer.Broker.Tests;

/// <summary>
/// The service in a process of its own, with the model that the product ships, so that a test can kill it and keep the broker.
/// </summary>
internal sealed partial class ServiceProcess : IDisposable
{
    private const int Sigterm = 15;
    private const int Sigcont = 18;
    private const int Sigstop = 19;

    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private ServiceProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>What it wrote, for a failing test's message.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>Where it answers HTTP; it has said so by the time that it reads documents.</summary>
    public Uri Address => new(Web().Match(Log).Groups["url"].Value);

    /// <summary>Starts the service on a test's topics.</summary>
    /// <param name="broker">Where they are.</param>
    /// <param name="topics">The test's own.</param>
    /// <param name="consumer">Settings of the consumer, such as <c>group.protocol=consumer</c>.</param>
    public static ServiceProcess Start(BrokerForTests broker, TestTopics topics, params string[] consumer) =>
        StartWith(broker, topics, Array.ConvertAll(consumer, setting => $"Kafka:Consumer:{setting}"));

    /// <summary>The same with any settings, such as <c>Kafka:Delivery=ExactlyOnce</c>.</summary>
    public static ServiceProcess StartWith(BrokerForTests broker, TestTopics topics, params string[] settings)
    {
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "streamner.dll"), "run",
            "--set", $"Kafka:Broker={(broker.IsEmbedded ? "Embedded" : "External")}",
            "--set", $"Kafka:BootstrapServers={broker.BootstrapServers}",
            "--set", $"Kafka:GroupId={topics.Group}",
            "--set", $"Kafka:InputTopics={topics.Input}",
            "--set", $"Kafka:OutputTopic={topics.Output}",
            "--set", "Web:Url=http://127.0.0.1:0",
            .. settings.SelectMany(setting => (string[])["--set", setting]),
        ];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        return new ServiceProcess(Process.Start(start)!);
    }

    /// <summary>Ends it at once, as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Waits until it ends by itself.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> ExitAsync(TimeSpan within)
    {
        using var patience = new CancellationTokenSource(within);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>True once it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Asks it to stop, as an orchestrator does, and waits for it.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        Signal(Sigterm);
        return await ExitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Stops all of its threads where they are, as a machine does that is out of memory, or a network that is cut.</summary>
    public void StandStill() => Signal(Sigstop);

    /// <summary>Lets it go on.</summary>
    public void GoOn() => Signal(Sigcont);

    private void Signal(int signal)
    {
        if (Kill(_process.Id, signal) != 0)
            throw new InvalidOperationException($"signal {signal} could not be sent: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private void Append(string? line)
    {
        lock (_log)
            _log.AppendLine(line);
    }

    [GeneratedRegex("web (?<url>http://[^ \r\n]+)")]
    private static partial Regex Web();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
