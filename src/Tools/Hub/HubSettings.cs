using System.Diagnostics.CodeAnalysis;

namespace StreamNer.Tools.Hub;

/// <summary>Which hub, and who asks. Immutable.</summary>
internal sealed record HubSettings
{
    /// <summary>The hub that is asked unless another one is named.</summary>
    public const string DefaultEndpoint = "https://huggingface.co";

    /// <summary>Address of the hub, without a slash at its end.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>
    /// Secret that opens private and gated repositories; null without one. Sent to <see cref="Endpoint"/> and nowhere else.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>Whether HTTP without encryption is taken from machines other than this one. The token is not sent over it.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>Longest wait for an answer to begin, and for more of it while it comes.</summary>
    public TimeSpan MaxSilence { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Wait before the first repetition of a request that failed in passing; it doubles.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Requests in a row that fail in passing, without a byte, until it is given up.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>
    /// Proxy to go through; null takes the one of the environment (<c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>, <c>NO_PROXY</c>).
    /// </summary>
    public System.Net.IWebProxy? Proxy { get; init; }

    /// <summary>Reads the settings.</summary>
    /// <param name="endpoint">The address that the command line names; null takes <c>HF_ENDPOINT</c>.</param>
    /// <param name="allowHttp">Whether the command line allows HTTP.</param>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <returns>Null when something is.</returns>
    public static HubSettings? Of(string? endpoint, bool allowHttp, Func<string, string?> environment, ICollection<string> problems)
    {
        var (name, address) = endpoint is not null ? ("--endpoint", endpoint)
            : environment("HF_ENDPOINT") is { Length: > 0 } variable ? ("HF_ENDPOINT", variable)
            : ("the default endpoint", DefaultEndpoint);
        var token = environment("HF_TOKEN")?.Trim();
        if (!TryRead(address, out var uri))
        {
            problems.Add($"{name} is '{address}', it must be an address such as {DefaultEndpoint}, without a login or a query");
        }
        else if (uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback && !allowHttp)
        {
            problems.Add($"{name} is '{address}', without encryption anybody on the way can change what is pulled: use https, or "
                + $"--allow-http for a network that you trust");
        }
        else if (token?.Any(c => c is < '!' or > '~') == true)
        {
            problems.Add("HF_TOKEN holds blanks or other characters that no token has");
        }
        else
        {
            return new HubSettings { Endpoint = uri, AllowHttp = allowHttp, Token = string.IsNullOrEmpty(token) ? null : token };
        }

        return null;
    }

    /// <summary>Whether an address is taken: HTTPS, this machine, or HTTP that was allowed.</summary>
    public bool Takes(Uri address) => address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp
        && (AllowHttp || address.IsLoopback && Endpoint.IsLoopback);

    /// <summary>The token for an address; null for any but the hub's own, and where others could read it.</summary>
    public string? TokenFor(Uri address) =>
        Uri.Compare(address, Endpoint, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0
        && (address.Scheme == Uri.UriSchemeHttps || address.IsLoopback)
            ? Token
            : null;

    private static bool TryRead(string address, [NotNullWhen(true)] out Uri? uri) =>
        Uri.TryCreate(address.TrimEnd('/'), UriKind.Absolute, out uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
        && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0 && uri.Host.Length > 0;
}
