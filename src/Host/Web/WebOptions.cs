using System.Net;

namespace StreamNer.Host.Web;

/// <summary>The HTTP side of the service: health, metrics, and labels on request.</summary>
internal sealed record WebOptions
{
    /// <summary>Where these settings stand in the configuration.</summary>
    public const string Section = "StreamNer:Web";

    /// <summary>
    /// Address to listen on. Default <c>http://127.0.0.1:8080</c>: this machine only. <c>http://0.0.0.0:8080</c> is every network
    /// interface; port 0 is any free port. There is no encryption and no login: put a reverse proxy in front for other networks.
    /// </summary>
    public string Url { get; init; } = "http://127.0.0.1:8080";

    /// <summary>Largest body of a request, in bytes; a larger one is answered with 413. Default 1 MiB.</summary>
    public int MaxBodyBytes { get; init; } = 1024 * 1024;

    /// <summary>Most texts of one request. Default 256.</summary>
    public int MaxTexts { get; init; } = 256;

    /// <summary>Requests for labels that are worked on at once; more are answered with 429. Default 64.</summary>
    public int MaxConcurrentRequests { get; init; } = 64;

    /// <summary>Longest wait for the labels of one request; then it is answered with 503. Default 30 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Says everything that is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (Address() is null)
            yield return $"{Section}:Url is '{Url}', it must be http, a host or address and a port, as in http://127.0.0.1:8080";
        if (MaxBodyBytes is < 1 or > 1024 * 1024 * 1024)
            yield return $"{Section}:MaxBodyBytes is {MaxBodyBytes}, it must be between 1 and 1073741824 (1 GiB)";
        if (MaxTexts is < 1 or > 10_000)
            yield return $"{Section}:MaxTexts is {MaxTexts}, it must be between 1 and 10000";
        if (MaxConcurrentRequests is < 1 or > 100_000)
            yield return $"{Section}:MaxConcurrentRequests is {MaxConcurrentRequests}, it must be between 1 and 100000";
        if (RequestTimeout <= TimeSpan.Zero || RequestTimeout > TimeSpan.FromHours(1))
            yield return $"{Section}:RequestTimeout is {RequestTimeout}, it must be between 0 (excluded) and 1 hour";
    }

    /// <summary>The address in parts; null when it can't be read.</summary>
    public Uri? Address()
    {
        // The wildcards that Kestrel knows are no host names for Uri.
        var readable = Url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        return Uri.TryCreate(readable, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttp && address.PathAndQuery == "/" ? address : null;
    }

    /// <summary>Whether only this machine can reach the address.</summary>
    public bool IsLoopback => Address() is { } address && (address.Host == "localhost" || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)));
}
