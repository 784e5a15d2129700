using System.Net;
using StreamNer.Inference.Files;

namespace StreamNer.Host.Settings;

/// <summary>The HTTP side of the service: health, metrics, and labels on request.</summary>
internal sealed record WebOptions
{
    /// <summary>Where these settings stand in the configuration.</summary>
    public const string Section = "StreamNer:Web";

    private const int MinApiKeyLength = 16;

    /// <summary>
    /// Address to listen on. Default <c>http://127.0.0.1:8080</c>: this machine only. <c>http://0.0.0.0:8080</c> is every network
    /// interface; port 0 is any free port. With https, <see cref="Certificate"/> says with which certificate. There is no login but
    /// <see cref="ApiKey"/>.
    /// </summary>
    public string Url { get; init; } = "http://127.0.0.1:8080";

    /// <summary>The certificate of an address with https. Default none.</summary>
    public CertificateOptions Certificate { get; init; } = new();

    /// <summary>Name of the section of its certificate.</summary>
    public const string CertificateSection = $"{Section}:{nameof(Certificate)}";

    /// <summary>Largest body of a request, in bytes; a larger one is answered with 413. Default 1 MiB.</summary>
    public int MaxBodyBytes { get; init; } = 1024 * 1024;

    /// <summary>Most texts of one request. Default 256.</summary>
    public int MaxTexts { get; init; } = 256;

    /// <summary>Requests for labels that are worked on at once; more are answered with 429. Default 64.</summary>
    public int MaxConcurrentRequests { get; init; } = 64;

    /// <summary>
    /// Bodies of requests for labels that are waited for at once; more are answered with 429. Default 256. A body that comes with its
    /// head is not counted.
    /// </summary>
    public int MaxConcurrentBodies { get; init; } = 256;

    /// <summary>Longest wait for the whole of a body; then it is answered with 408. Default 10 s.</summary>
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Connections at once; one more is closed as it comes. Default 1024, and never more than half of the files that the process may
    /// have open: Kafka and the models need some too.
    /// </summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>Longest wait for the labels of one request; then it is answered with 503. Default 30 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Bytes of long answers that wait for their readers at once, 1 KiB to 1 GiB; one more is answered with 429. Default 64 MiB. Answers
    /// up to 64 KiB are not counted.
    /// </summary>
    public int MaxAnswerBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Longest time for the whole of an answer to be read; then the connection is ended. Default 1 minute.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Key that every request must bring, in <c>Authorization: Bearer</c> or <c>X-Api-Key</c>; only <c>/health</c> and the files of
    /// the page need none. Default empty: no key. At least 16 characters of visible ASCII. Never logged nor shown.
    /// </summary>
    public string ApiKey { get; init; } = "";

    /// <summary>Origins whose pages may call this service from a browser, as in <c>https://tools.example.org</c>. Default none.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>
    /// Whether viewers of the live events see the documents' text and the entities' words. Default off: spans, labels and scores only.
    /// </summary>
    public bool ShowText { get; init; }

    /// <summary>Viewers of the live events at once; more are answered with 429. Default 16; 0 turns the live events off.</summary>
    public int MaxViewers { get; init; } = 16;

    /// <summary>Events a second that viewers are shown, at most; of more a sample is taken. Default 50.</summary>
    public int MaxEventsPerSecond { get; init; } = 50;

    /// <summary>Whether a key is needed.</summary>
    public bool HasApiKey => ApiKey.Length > 0;

    /// <summary>Names the type only: the values hold a secret.</summary>
    public override string ToString() => nameof(WebOptions);

    /// <summary>Says everything that is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (Address() is null)
            yield return $"{Section}:Url is '{Url}', it must be http or https, a host or address and a port, as in http://127.0.0.1:8080";
        if (Address() is { Port: 0 } free && IsLocalhost(free))
        {
            yield return $"{Section}:Url is '{Url}', any free port (0) is taken for an address only, not for the two of {free.Host}: write "
                + $"{free.Scheme}://127.0.0.1:0";
        }

        if (IsEncrypted && Certificate.Path.Length == 0)
            yield return $"{Section}:Url is '{Url}', with https {Section}:Certificate:Path must name a certificate";
        foreach (var (key, path) in new[] { ("Path", Certificate.Path), ("KeyPath", Certificate.KeyPath) })
        {
            if (!IsEncrypted && path.Length > 0)
                yield return $"{Section}:Certificate:{key} is '{path}', it is used only where {Section}:Url begins with https";
        }

        if (MaxBodyBytes is < 1 or > 1024 * 1024 * 1024)
            yield return $"{Section}:MaxBodyBytes is {MaxBodyBytes}, it must be between 1 and 1073741824 (1 GiB)";
        if (MaxTexts is < 1 or > 10_000)
            yield return $"{Section}:MaxTexts is {MaxTexts}, it must be between 1 and 10000";
        if (MaxConcurrentRequests is < 1 or > 100_000)
            yield return $"{Section}:MaxConcurrentRequests is {MaxConcurrentRequests}, it must be between 1 and 100000";
        if (MaxConcurrentBodies is < 1 or > 100_000)
            yield return $"{Section}:MaxConcurrentBodies is {MaxConcurrentBodies}, it must be between 1 and 100000";
        if (BodyTimeout <= TimeSpan.Zero || BodyTimeout > TimeSpan.FromHours(1))
            yield return $"{Section}:BodyTimeout is {BodyTimeout}, it must be between 0 (excluded) and 1 hour";
        if (MaxConnections is < 1 or > 1_000_000)
            yield return $"{Section}:MaxConnections is {MaxConnections}, it must be between 1 and 1000000";
        if (RequestTimeout <= TimeSpan.Zero || RequestTimeout > TimeSpan.FromHours(1))
            yield return $"{Section}:RequestTimeout is {RequestTimeout}, it must be between 0 (excluded) and 1 hour";
        if (MaxAnswerBytes is < 1024 or > 1024 * 1024 * 1024)
            yield return $"{Section}:MaxAnswerBytes is {MaxAnswerBytes}, it must be between 1024 and 1073741824 (1 GiB)";
        if (AnswerTimeout <= TimeSpan.Zero || AnswerTimeout > TimeSpan.FromHours(1))
            yield return $"{Section}:AnswerTimeout is {AnswerTimeout}, it must be between 0 (excluded) and 1 hour";
        if (HasApiKey && (ApiKey.Length < MinApiKeyLength || !ApiKey.All(c => c is > ' ' and <= '~')))
        {
            yield return $"{Section}:ApiKey has {ApiKey.Length} characters, it must have at least {MinApiKeyLength}, all of them visible "
                + $"ASCII; openssl rand -hex 32 makes one";
        }

        foreach (var origin in AllowedOrigins.Where(origin => !IsOrigin(origin)))
        {
            yield return $"{Section}:AllowedOrigins has '{origin}', it must be a scheme, a host and a port where it is not the usual one, "
                + $"as in https://tools.example.org";
        }

        if (MaxViewers is < 0 or > 1000)
            yield return $"{Section}:MaxViewers is {MaxViewers}, it must be between 0 and 1000";
        if (MaxEventsPerSecond is < 1 or > 1000)
            yield return $"{Section}:MaxEventsPerSecond is {MaxEventsPerSecond}, it must be between 1 and 1000";
    }

    /// <summary>The address in parts; null when it can't be read.</summary>
    public Uri? Address()
    {
        // The wildcards that Kestrel knows are no host names for Uri.
        var readable = Url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        return Uri.TryCreate(readable, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            && address is { PathAndQuery: "/", UserInfo: "", Fragment: "" } ? address : null;
    }

    /// <summary>Whether the address is one of https.</summary>
    public bool IsEncrypted => Address()?.Scheme == Uri.UriSchemeHttps;

    /// <summary>Whether only this machine can reach the address.</summary>
    public bool IsLoopback => Address() is { } address
        && (IsLocalhost(address) || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)));

    // By all such names the server listens on this machine only (RFC 6761).
    private static bool IsLocalhost(Uri address) =>
        address.Host == "localhost" || address.Host.EndsWith(".localhost", StringComparison.Ordinal);

    // Exactly as a browser writes it, or it would never match.
    private static bool IsOrigin(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri.GetLeftPart(UriPartial.Authority) == origin;
}
