using System.Net;
using System.Net.Sockets;
using StreamNer.Actors;
using StreamNer.Embedded;
using StreamNer.Inference.Models;
using StreamNer.Inference.Models.Onnx;
using StreamNer.Streams.Kafka;
using StreamNer.TestSupport;

namespace StreamNer.Cli.Tests.Commands;

public sealed class ServiceCommandTests : IDisposable
{
    private static readonly string[] Small =
        ["--set", "Web:Url=http://127.0.0.1:0", "--set", "Logging:Level=None", "--model", Repository.DefaultModel];

    private readonly string _folder = Directory.CreateTempSubdirectory("streamner-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_demo_takes_every_document_through_and_ends()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync(["demo", .. Small]));
        Assert.Contains("for trying out and tests, not for production", terminal.Output);
        Assert.Contains("200 of 200 documents came through", terminal.Output);
        Assert.Contains("[200/200] ", terminal.Output);
        Assert.Empty(terminal.Error);
    }

    [Fact]
    public async Task The_demo_takes_the_users_own_text_as_often_as_asked()
    {
        var file = Path.Combine(_folder, "own.txt");
        await File.WriteAllTextAsync(file, "Sarah lives in London.\n\nJohn Lenon was born in Liverpool.\n",
            TestContext.Current.CancellationToken);
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync(["demo", "--file", file, "--documents", "5", .. Small]));
        Assert.Contains("5 of 5 documents came through", terminal.Output);
        Assert.Contains("[Sarah PER] lives in [London LOC].", terminal.Output);
    }

    [Fact]
    public async Task The_demo_takes_another_port_when_its_own_is_taken()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync(
            ["demo", "-n", "1", .. Small, "--set", $"Web:Url=http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}"]));
        Assert.Contains("taking another port", terminal.Error);
    }

    [Fact]
    public async Task The_demo_stays_when_asked_to_until_it_is_stopped()
    {
        using var stop = new CancellationTokenSource();
        var terminal = new TestTerminal();
        var running = terminal.RunAsync(stop.Token, ["demo", "--keep", "-n", "3", .. Small]);

        await terminal.OutputHasAsync(output => output.Contains("[3/3]", StringComparison.Ordinal));
        Assert.False(running.IsCompleted);
        await stop.CancelAsync();

        Assert.Equal(ExitCodes.Done, await running);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("many")]
    public async Task The_demo_refuses_a_senseless_number_of_documents(string number) =>
        Assert.Equal(ExitCodes.Usage, await new TestTerminal().RunAsync("demo", "--documents", number));

    [Fact]
    public async Task The_demo_refuses_a_file_that_does_not_exist()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync("demo", "--file", "none.txt"));
        Assert.Contains("none.txt: there is no such file", terminal.Error);
    }

    [Fact]
    public async Task Run_with_the_embedded_broker_prints_its_address_and_stops_when_asked()
    {
        using var stop = new CancellationTokenSource();
        var terminal = new TestTerminal();
        var running = terminal.RunAsync(stop.Token, ["run", "--embedded-broker", .. Small]);

        await terminal.ErrorHasAsync(error => error.Contains("kcat -b 127.0.0.1:", StringComparison.Ordinal));
        await stop.CancelAsync();

        Assert.Equal(ExitCodes.Done, await running);
        Assert.Empty(terminal.Output);
    }

    [Fact]
    public async Task Run_without_a_broker_ends_with_an_exit_code_of_its_own() =>
        Assert.Equal(ExitCodes.Broker, await new TestTerminal()
            .RunAsync(["run", .. Small, "--set", $"Kafka:BootstrapServers={Nobody()}", "--set", "Kafka:ConnectTimeout=00:00:01"]));

    [Fact]
    public async Task Run_tells_every_problem_of_its_configuration_at_once()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync(
            ["run", .. Small, "--set", "Kafak:X=1", "--set", "Pipeline:MaxBatchRecords=0", "--set", "Windows:OverlapPieces=-1", "--set",
                "Kafka:OutputTopic=documents", "--set", "Pipeline:RevokeTimeout=01:00:00"]));
        Assert.Contains("did you mean Kafka?", terminal.Error);
        Assert.Contains("MaxBatchRecords is 0", terminal.Error);
        Assert.Contains("OverlapPieces is -1", terminal.Error);
        Assert.Contains("OutputTopic is 'documents', which is an input topic", terminal.Error);
        Assert.Contains("RevokeTimeout is 01:00:00", terminal.Error);
    }

    [Fact]
    public async Task Run_without_a_model_ends_with_an_exit_code_of_its_own() =>
        Assert.Equal(ExitCodes.Model, await new TestTerminal()
            .RunAsync("run", "--embedded-broker", "--model", Path.Combine(_folder, "none")));

    [Fact]
    public async Task A_batch_budget_that_cannot_hold_one_window_is_a_configuration_error()
    {
        var terminal = new TestTerminal();

        Assert.Equal(
            ExitCodes.Usage, await terminal.RunAsync(["run", "--embedded-broker", .. Small, "--set", "Batching:MaxPaddedTokens=100"]));
        Assert.Contains("MaxPaddedTokens 100 can't hold one window of 512 pieces", terminal.Error);
    }

    [Fact]
    public async Task The_broker_prints_its_address_alone_and_runs_until_it_is_stopped()
    {
        using var stop = new CancellationTokenSource();
        var terminal = new TestTerminal();
        var running = terminal.RunAsync(stop.Token, "broker", "--quiet", "--topics", "news:3,mail");

        var address = (await terminal.OutputHasAsync(output => output.EndsWith('\n'))).Trim();
        var report =
            TopicProbe.Probe(new KafkaOptions { BootstrapServers = address, InputTopics = ["news", "mail"] }, TimeSpan.FromSeconds(10));
        await stop.CancelAsync();

        Assert.Equal(ExitCodes.Done, await running);
        Assert.Equal([3, 4], report.Inputs.Select(topic => topic.Partitions));
        Assert.Empty(terminal.Error);
    }

    [Theory]
    [InlineData("news:0")]
    [InlineData("news:many")]
    [InlineData(":3")]
    [InlineData("a/b")]
    [InlineData("..:2")]
    public async Task The_broker_refuses_topics_that_make_no_sense(string topics) =>
        Assert.Equal(ExitCodes.Usage, await new TestTerminal().RunAsync("broker", "--topics", topics));

    [Fact]
    public async Task Check_finds_nothing_where_nothing_is_wrong()
    {
        using var broker = EmbeddedBroker.Start();
        broker.CreateTopic("documents", 2);
        var terminal = new TestTerminal();

        Assert.Equal(
            ExitCodes.Done, await terminal.RunAsync(["check", .. Small, "--set", $"Kafka:BootstrapServers={broker.BootstrapServers}"]));
        Assert.Contains("input topic    documents: 2 partitions", terminal.Output);
        Assert.DoesNotContain("error", terminal.Output);
    }

    [Fact]
    public async Task Check_tells_of_configuration_model_and_broker_in_one_go()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync(
            "check", "--set", "Kafak:X=1", "--model", Path.Combine(_folder, "none"), "--set", $"Kafka:BootstrapServers={Nobody()}",
                "--set", "Kafka:ConnectTimeout=00:00:01"));
        Assert.Contains("did you mean Kafka?", terminal.Output);
        Assert.Contains("does not exist", terminal.Output);
        Assert.Contains("no broker of", terminal.Output);
    }

    [Fact]
    public async Task Check_names_each_setting_that_librdkafka_refuses_and_ends_like_any_wrong_configuration()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Usage, await terminal.RunAsync(
            ["check", .. Small, "--set", "Kafka:BootstrapServers=localhost:1", "--set", "Kafka:Client:socket.timeout.ms=-5",
                "--set", "Kafka:Producer:linger.ms=soon"]));
        Assert.Contains("Kafka:Client:socket.timeout.ms is refused by librdkafka", terminal.Output);
        Assert.Contains("Kafka:Producer:linger.ms is refused by librdkafka", terminal.Output);
        Assert.Contains("not asked: its settings can't be used", terminal.Output);
        Assert.Empty(terminal.Error);
    }

    [Fact]
    public async Task Check_of_a_missing_input_topic_is_a_broker_error()
    {
        using var broker = EmbeddedBroker.Start();
        var terminal = new TestTerminal();

        Assert.Equal(
            ExitCodes.Broker, await terminal.RunAsync(["check", .. Small, "--set", $"Kafka:BootstrapServers={broker.BootstrapServers}"]));
        Assert.Contains("documents does not exist", terminal.Output);
    }

    [Fact]
    public async Task Check_of_a_missing_model_is_a_model_error() =>
        Assert.Equal(ExitCodes.Model, await new TestTerminal().RunAsync("check", "--offline", "--model", Path.Combine(_folder, "none")));

    [Theory]
    [InlineData("Cuda", "cuda:3")]
    [InlineData("TensorRt", "tensorrt:3")]
    public async Task Check_tells_what_a_gpu_lacks_once_and_as_an_error_of_the_model(string kind, string device)
    {
        var lane = LanePlan.Create([new DeviceOptions { Kind = Enum.Parse<DeviceKind>(kind), Id = 3 }], cores: 1)[0];
        var problem = GpuProviders.Problem(lane);
        Assert.SkipWhen(problem is null, "a machine with all libraries");
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Model, await terminal.RunAsync(
            ["check", "--offline", .. Small, "--set", $"Devices:0:Kind={kind}", "--set", "Devices:0:Id=3", "--set", "Devices:0:Lanes=2"]));
        Assert.StartsWith(device, problem, StringComparison.Ordinal);
        Assert.Equal($"error device         {problem}", Assert.Single(terminal.Output.Split('\n'), line => line.Contains("device")).Trim());
    }

    [Fact]
    public async Task Check_asks_no_device_of_a_node_that_computes_nothing()
    {
        var terminal = new TestTerminal();

        Assert.Equal(ExitCodes.Done, await terminal.RunAsync(["check", "--offline", .. Small, "--set", "Devices:0:Kind=Cuda",
            "--set", "Cluster:Enabled=true", "--set", "Cluster:Roles=stream", "--set", "Cluster:Seeds=127.0.0.1:4053"]));
        Assert.DoesNotContain("device", terminal.Output);
    }

    /// <summary>An address at which nobody listens: the port was free a moment ago.</summary>
    private static string Nobody()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
    }
}
