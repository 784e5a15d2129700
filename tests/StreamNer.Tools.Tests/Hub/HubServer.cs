using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using StreamNer.Tools.Hub;

namespace StreamNer.Tools.Tests.Hub;

/// <summary>
/// A hub on free ports: the two calls of a pull as the real one answers them, and storage at another address for large files.
/// </summary>
internal sealed class HubServer : IAsyncDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly WebApplication _app;
    private readonly CancellationTokenSource _closing = new();

    private HubServer(WebApplication app) => _app = app;

    /// <summary>Address of the hub.</summary>
    public Uri Endpoint { get; private set; } = null!;

    /// <summary>Address of its storage.</summary>
    public Uri Storage { get; private set; } = null!;

    /// <summary>The files of the one repository, <c>owner/name</c>.</summary>
    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>What was asked, in order.</summary>
    public ConcurrentQueue<Asked> Requests { get; } = [];

    /// <summary>Looks at a request before it is answered; true when it has answered itself.</summary>
    public Func<HttpContext, Task<bool>> Before { get; set; } = _ => Task.FromResult(false);

    /// <summary>Changes the listing of a file.</summary>
    public Func<string, Dictionary<string, object>, Dictionary<string, object>> Listed { get; set; } = (_, file) => file;

    /// <summary>What the model card says of the licence.</summary>
    public string Licence { get; set; } = "apache-2.0";

    /// <summary>Whether ranges are understood.</summary>
    public bool KnowsRanges { get; set; } = true;

    public static async Task<HubServer> StartAsync(string? folder = null)
    {
        // Empty: no files are watched, no environment is read, nothing is logged.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        var app = builder.Build();
        var server = new HubServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToArray();
        (server.Endpoint, server.Storage) = (new Uri(addresses[0]), new Uri(addresses[1]));
        foreach (var path in folder is null ? [] : Directory.EnumerateFiles(folder))
            server.Files[Path.GetFileName(path)] = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>Settings of a client that talks to it and loses no time.</summary>
    public HubSettings Settings(string? token = null) =>
        new() { Endpoint = Endpoint, Token = token, RetryDelay = TimeSpan.Zero, MaxSilence = TimeSpan.FromSeconds(20) };

    /// <summary>Answers what is asked for a file, at the hub or at its storage.</summary>
    public static bool IsFor(HttpContext context, string file) =>
        context.Request.Path.Value!.EndsWith($"/{file}", StringComparison.Ordinal);

    /// <summary>Never answers.</summary>
    public Task SilentAsync(HttpContext context) =>
        Task.Delay(Timeout.Infinite, CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _closing.Token).Token)
            .ContinueWith(_ => { }, TaskScheduler.Default);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _closing.Dispose();
    }

    private static bool IsLarge(string path) => path.EndsWith(".onnx", StringComparison.Ordinal);

#pragma warning disable CA5350 // git names its blobs so
    private static string GitBlob(byte[] content) =>
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350

    private static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        Requests.Enqueue(new Asked(path, context.Request.Host.Host, context.Connection.LocalPort == Storage.Port,
            context.Request.Headers.Authorization, context.Request.Headers.Range));
        if (await Before(context))
            return;
        if (path == "/api/models/owner/name/revision/main")
        {
            await ListAsync(context);
        }
        else if (path.StartsWith($"/owner/name/resolve/{Commit}/", StringComparison.Ordinal)
            && Files.TryGetValue(path.Split('/', 6)[5], out var content))
        {
            await ResolveAsync(context, path.Split('/', 6)[5], content);
        }
        else if (path.StartsWith("/storage/", StringComparison.Ordinal))
        {
            await ContentAsync(context, Files[path[9..]]);
        }
        else
        {
            Refuse(context, 404, path.StartsWith("/api/models/owner/name/", StringComparison.Ordinal) ? "RevisionNotFound"
                : path.StartsWith("/owner/name/", StringComparison.Ordinal) ? "EntryNotFound" : "RepoNotFound");
        }
    }

    public static void Refuse(HttpContext context, int status, string code)
    {
        context.Response.StatusCode = status;
        context.Response.Headers["X-Error-Code"] = code;
        context.Response.Headers["X-Error-Message"] = $"{code} it is";
    }

    private Task ListAsync(HttpContext context) => context.Response.WriteAsJsonAsync(new
    {
        id = "owner/name",
        sha = Commit,
        cardData = new { license = Licence },
        siblings = Files.Select(file => Listed(file.Key, IsLarge(file.Key)
            ? new()
            {
                ["rfilename"] = file.Key,
                ["size"] = file.Value.Length,
                ["blobId"] = new string('b', 40),
                ["lfs"] = new { sha256 = Sha256(file.Value), size = file.Value.Length, pointerSize = 134 }
            }
            : new() { ["rfilename"] = file.Key, ["size"] = file.Value.Length, ["blobId"] = GitBlob(file.Value) })),
    }, JsonSerializerOptions.Web);

    private async Task ResolveAsync(HttpContext context, string path, byte[] content)
    {
        context.Response.Headers["X-Repo-Commit"] = Commit;
        if (!IsLarge(path))
        {
            context.Response.Headers.ETag = $"\"{GitBlob(content)}\"";
            await ContentAsync(context, content);
            return;
        }

        context.Response.Headers["X-Linked-ETag"] = $"\"{Sha256(content)}\"";
        context.Response.Headers["X-Linked-Size"] = $"{content.Length}";
        context.Response.Redirect(new Uri(Storage, $"/storage/{path}").AbsoluteUri);
    }

    private async Task ContentAsync(HttpContext context, byte[] content)
    {
        var from = 0;
        if (KnowsRanges && context.Request.Headers.Range.ToString() is { Length: > 0 } range)
        {
            from = int.Parse(range["bytes=".Length..^1], System.Globalization.CultureInfo.InvariantCulture);
            context.Response.StatusCode = from < content.Length ? 206 : 416;
            context.Response.Headers.ContentRange = from < content.Length ? $"bytes {from}-{content.Length - 1}/{content.Length}"
                : $"bytes */{content.Length}";
        }

        if (from < content.Length)
        {
            context.Response.ContentLength = content.Length - from;
            await context.Response.Body.WriteAsync(content.AsMemory(from), context.RequestAborted);
        }
    }

    /// <summary>One request.</summary>
    internal sealed record Asked(string Path, string Host, bool AtStorage, string? Authorization, string? Range);
}
