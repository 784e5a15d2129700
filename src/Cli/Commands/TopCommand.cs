using System.CommandLine;
using System.Net;
using System.Text.Json;
using Spectre.Console;
using StreamNer.Actors;
using StreamNer.Cli.Terminal;
using StreamNer.Host.Observability;
using StreamNer.Host.Web.Access;

namespace StreamNer.Cli.Commands;

/// <summary><c>streamner top</c>: how a running service does, redrawn in place.</summary>
internal sealed class TopCommand
{
    private const string DefaultUrl = "http://127.0.0.1:8080";
    /// <summary>The variable that the service itself reads its key from: a key does not belong on a command line.</summary>
    private const string KeyVariable = "STREAMNER__Web__ApiKey";

    /// <summary>A thousand times what a status takes: whatever answers at the address may go on for ever.</summary>
    private const int MaxAnswerBytes = 16 * 1024 * 1024;

    private static readonly JsonSerializerOptions Json =
        new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    private static readonly TimeSpan RefreshEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);

    private readonly CommandTerminal _terminal;

    private readonly Option<string> _url = new("--url", "-u")
    {
        Description = $"Where the service listens. Default: {DefaultUrl}.",
        HelpName = "URL",
        DefaultValueFactory = _ => DefaultUrl
    };

    private readonly Option<bool> _once =
        new("--once", "-1") { Description = "Print it once and end, as is done anyway when standard output is no terminal." };

    private TopCommand(CommandTerminal terminal, Verb verb)
    {
        _terminal = terminal;
        verb.Options.Add(_url);
        verb.Options.Add(_once);
        verb.SetAction(RunAsync);
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CommandTerminal terminal)
    {
        var verb = new Verb(
            "top",
            "Shows how a running service does: throughput, latency, lag, lanes and dead letters, with the last 15 minutes; of a node of a "
                + "cluster the others too. Ctrl+C ends it. Exit code: 1 when no service answers. A service with an API key is shown "
                + "it from STREAMNER__Web__ApiKey.",
            "streamner top",
            "streamner top --url http://ner.example:8080",
            "streamner top --once");
        _ = new TopCommand(terminal, verb);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken stop)
    {
        var written = arguments.GetValue(_url)!;
        if (!Uri.TryCreate(written, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new ArgumentsException([$"--url {written}: it must be an http or https address, as in {DefaultUrl}"]);

        using var http = new HttpClient
        {
            BaseAddress = new Uri(url.GetLeftPart(UriPartial.Authority)),
            Timeout = AnswerTime,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
        if (Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key)
            http.DefaultRequestHeaders.Add(ApiKeyGate.HeaderName, key);
        var (status, failure) = await AskAsync(http, stop);
        if (status is null)
        {
            _terminal.Error.WriteLine($"streamner: {failure}");
            return ExitCodes.Failed;
        }

        if (arguments.GetValue(_once) || !_terminal.OutputIsTerminal)
        {
            _terminal.OutputConsole.Write(StatusView.Of(http.BaseAddress, status, _terminal.OutputConsole.Profile.Width));
            _terminal.OutputConsole.WriteLine();
            return ExitCodes.Done;
        }

        await FollowAsync(http, status, stop);
        return ExitCodes.Done;
    }

    private async Task FollowAsync(HttpClient http, ServiceStatus first, CancellationToken stop)
    {
        var console = _terminal.OutputConsole;
        var last = first;
        await console.Live(StatusView.Of(http.BaseAddress!, last, console.Profile.Width)).Overflow(VerticalOverflow.Crop).AutoClear(false)
            .StartAsync(async context =>
        {
            while (!stop.IsCancellationRequested)
            {
                var (status, failure) = await AskAsync(http, stop);
                last = status ?? last;
                var view = StatusView.Of(http.BaseAddress!, last, console.Profile.Width);
                context.UpdateTarget(failure is null ? view : new Rows(view, new Text(failure, new Style(Color.Red))));

                // The console hands its lines to a buffered stream.
                _terminal.Flush();
                await Task.Delay(RefreshEvery, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        });
    }

    private static async Task<(ServiceStatus? Status, string? Failure)> AskAsync(HttpClient http, CancellationToken stop)
    {
        try
        {
            using var answer = await http.GetAsync("/v1/status", stop);
            if (answer.StatusCode == HttpStatusCode.NotFound)
                return (null, $"{http.BaseAddress} answers, but not at /v1/status; is it a StreamNer service of this version?");
            if (answer.StatusCode == HttpStatusCode.Unauthorized)
                return (null, $"{http.BaseAddress} wants its API key; put it into the environment variable {KeyVariable}");
            if (!answer.IsSuccessStatusCode)
                return (null, $"{http.BaseAddress} answers with {(int)answer.StatusCode}");
            var status = await answer.Content.ReadFromJsonAsync<ServiceStatus>(Json, stop);
            return status is not null && IsWhole(status) ? (status, null) : (null, NoStatus(http));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return (null, null);
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or OperationCanceledException)
        {
            return (null, $"no service answers at {http.BaseAddress} within {AnswerTime.TotalSeconds:0} s; start one with 'streamner run', "
                + $"or name its address with --url");
        }
        catch (Exception noStatus) when (noStatus is JsonException or InvalidOperationException)
        {
            return (null, NoStatus(http));
        }
    }

    /// <summary>What the types can't say: that no entry of a list is null.</summary>
    private static bool IsWhole(ServiceStatus status) =>
        ((IEnumerable<object?>[])[status.History, status.Partitions, status.Lanes, status.DeadLetters, status.Cluster?.Nodes ?? [],
            .. (status.Cluster?.Nodes ?? []).Where(node => node is not null).SelectMany<StatusNode, IEnumerable<object?>>(
                node => [node.Roles, node.Refusals])])
        .All(list => !list.Contains(null));

    private static string NoStatus(HttpClient http) =>
        $"{http.BaseAddress} answers, but with no status; is it a StreamNer service of this version?";
}
