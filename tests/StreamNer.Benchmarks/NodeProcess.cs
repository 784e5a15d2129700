using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using StreamNer.Embedded;
using StreamNer.Host;
using StreamNer.Host.Configuration;
using StreamNer.Streams.Telemetry;
using StreamNer.TestSupport;

namespace StreamNer.Benchmarks;

/// <summary>This program started anew: the service, or a broker, in a process of its own. One thread.</summary>
/// <remarks>
/// It is told a command a line on its standard input and answers each with a line. It ends when its input does, so also when whoever
/// started it is killed.
/// </remarks>
internal sealed class NodeProcess : IDisposable
{
    /// <summary>The argument that makes a node of this program.</summary>
    public const string Verb = "node";

    private const string Broker = "broker";
    private const string RealModel = "model";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private string? _started;

    private NodeProcess(params string[] arguments)
    {
        _process = Process.Start(new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [typeof(NodeProcess).Assembly.Location, Verb, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    /// <summary>Waits until it runs.</summary>
    /// <returns>The first line that it wrote: its address.</returns>
    public string Started() => _started ??= Answer();

    /// <summary>What its threads have computed in all.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Bytes of memory that it has now.</summary>
    public long WorkingSet
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts an embedded broker. Does not wait for it.</summary>
    /// <param name="partitions">Of each topic.</param>
    /// <param name="topics">What is made.</param>
    public static NodeProcess StartBroker(int partitions, params string[] topics) =>
        new([Broker, partitions.ToString(CultureInfo.InvariantCulture), .. topics]);

    /// <summary>Starts the service over the default model. Does not wait for it.</summary>
    /// <param name="cost">What a batch takes in place of the model; null for the model itself.</param>
    /// <param name="settings">Its configuration, without the product's prefix.</param>
    public static NodeProcess StartService(TimeSpan? cost, params (string Key, string Value)[] settings) => new(
    [
        cost is { } wait ? Milliseconds(wait) : RealModel,
        .. settings.Select(setting => $"StreamNer:{setting.Key}={setting.Value}"),
    ]);

    /// <summary>Sets what a batch takes from the next one on.</summary>
    public void SetCost(TimeSpan wait) => Ask($"wait {Milliseconds(wait)}");

    /// <summary>How long its lanes have computed in all.</summary>
    public TimeSpan Busy() => TimeSpan.FromMilliseconds(double.Parse(Ask("busy"), CultureInfo.InvariantCulture));

    /// <summary>How many events it has published.</summary>
    public long Published() => long.Parse(Ask("published"), CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
            _process.Kill();
        _process.Dispose();
    }

    /// <summary>Is such a process, until standard input ends.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments[0] == Broker)
        {
            using var broker = EmbeddedBroker.Start();
            broker.Mock?.SetInitialRebalanceDelay(TimeSpan.Zero);
            foreach (var topic in arguments[2..])
                broker.CreateTopic(topic, int.Parse(arguments[1], CultureInfo.InvariantCulture));
            Console.WriteLine(broker.BootstrapServers);
            await Console.In.ReadToEndAsync();
            return 0;
        }

        var (plan, cost) = Plan(arguments[0], arguments[1..]);
        var service = await Service.StartAsync(plan, CancellationToken.None);
        var status = service.Services.GetRequiredService<PipelineStatus>();
        Console.WriteLine(service.Address);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            Console.WriteLine(line.Split(' ') switch
            {
                ["wait", var wait] => Milliseconds(cost.Wait = Time(wait)),
                ["busy"] => Milliseconds(cost.Busy),
                ["published"] => status.Snapshot().Published.ToString(CultureInfo.InvariantCulture),
                _ => throw new ArgumentException($"a node has no command '{line}'"),
            });
        }

        // Without a drain: whoever asked for this process has measured, or is dead.
        Environment.Exit(0);
        return 0;
    }

    private static (ServicePlan Plan, BatchCost Cost) Plan(string model, string[] settings)
    {
        var plan = ServicePlan.Make(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["StreamNer:Model:Path"] = Repository.DefaultModel,
            ["StreamNer:Web:Url"] = "http://127.0.0.1:0",
            ["StreamNer:Logging:Level"] = "None",
        }).AddInMemoryCollection(settings.Select(setting => setting.Split('=', 2))
            .ToDictionary(setting => setting[0], string? (setting) => setting[1])).Build());
        var cost = new BatchCost();
        if (model == RealModel)
            return (plan, cost);

        cost.Wait = Time(model);
        var setup = plan.Recognition.Models[0] with
        {
            Classifiers = new WaitingClassifier.Factory(plan.Models[0].Folder.Description.Labels.Length, cost),
        };
        return (plan with { Recognition = plan.Recognition with { Models = [setup] } }, cost);
    }

    private string Ask(string command)
    {
        Started();
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
        return Answer();
    }

    private string Answer() => _process.StandardOutput.ReadLineAsync().WaitAsync(Patience).GetAwaiter().GetResult()
        ?? throw new InvalidOperationException("a process of this benchmark ended too early; its standard error says why");

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);

    private static TimeSpan Time(string milliseconds) =>
        TimeSpan.FromMilliseconds(double.Parse(milliseconds, CultureInfo.InvariantCulture));
}
