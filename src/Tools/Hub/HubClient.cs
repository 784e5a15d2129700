using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using StreamNer.Inference;

namespace StreamNer.Tools.Hub;

/// <summary>Speaks the two calls of a Hugging Face hub that a pull needs: the listing of a repository and the content of a file.</summary>
/// <remarks>
/// One caller at a time. Redirects are followed here and not by the runtime, since each hop decides anew whether the address is taken and
/// whether it gets the token. Every wait has a limit. What fails in passing is repeated by <see cref="ListAsync"/>, and by whoever reads a
/// file.
/// </remarks>
internal sealed class HubClient : IDisposable
{
    private const int MaxRedirects = 8;
    private const int MaxListingBytes = 32 << 20;
    private const int MaxShownAnswer = 300;

    /// <summary>No disk holds more; sums of such sizes stay within a number.</summary>
    private const long MaxFileBytes = 1L << 50;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(20);

    private readonly HttpClient _http;

    /// <summary>Makes a client.</summary>
    public HubClient(HubSettings settings)
    {
        Settings = settings;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectTimeout,
            UseCookies = false,
            Proxy = settings.Proxy,

            // A hub on this machine is not reached through a proxy, whatever the environment forgot to list.
            UseProxy = settings.Proxy is not null || !settings.Endpoint.IsLoopback,
        };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("streamner", ProductVersion.Text.Split('+')[0]));
    }

    /// <summary>Which hub.</summary>
    public HubSettings Settings { get; }

    /// <summary>Asks for the files of a repository and the commit that a revision stands for.</summary>
    /// <exception cref="HubException">The hub can't be reached, refuses, or answers something else.</exception>
    public async Task<RepositoryListing> ListAsync(string repository, string revision, CancellationToken stop)
    {
        var address = new Uri(
            $"{Settings.Endpoint.AbsoluteUri.TrimEnd('/')}/api/models/{repository}/revision/{Uri.EscapeDataString(revision)}?blobs=true");
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var answer = await SendAsync(address, from: 0, stop);
                Refuse(answer, $"{repository} at {revision}", repository);
                return Read(repository, await BoundedAsync(answer, stop));
            }
            catch (PassingFailure failure) when (attempt < Settings.MaxAttempts)
            {
                await WaitAsync(failure, attempt, stop);
            }
            catch (PassingFailure failure)
            {
                throw new HubException($"{Settings.Endpoint} can't be asked for {repository}: {failure.Message}", failure);
            }
        }
    }

    /// <summary>Begins to fetch a file.</summary>
    /// <param name="listing">The repository and its commit.</param>
    /// <param name="path">The file.</param>
    /// <param name="from">Bytes that are here already.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="HubException">The hub refuses.</exception>
    /// <exception cref="PassingFailure">It may help to ask again.</exception>
    public async Task<HubContent> OpenAsync(RepositoryListing listing, string path, long from, CancellationToken stop)
    {
        var escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        var address = new Uri($"{Settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{listing.Repository}/resolve/{listing.Commit}/{escaped}");
        var answer = await SendAsync(address, from, stop);
        try
        {
            if (answer.Response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable)
                Refuse(answer, $"{path} of {listing.Repository}", listing.Repository);
            if (answer.Commit is { } commit && commit != listing.Commit)
                throw new HubException($"{path}: the hub answered with commit {commit} instead of {listing.Commit}");
            return await HubContent.OfAsync(answer, from, Settings.MaxSilence, stop);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <summary>Waits before a request is repeated: as long as the hub asks for, else twice as long each time.</summary>
    public Task WaitAsync(PassingFailure failure, int attempt, CancellationToken stop) =>
        Task.Delay(failure.RetryAfter is { } asked && asked < Settings.MaxSilence ? asked
            : Settings.RetryDelay * Math.Pow(2, attempt - 1), stop);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HubAnswer> SendAsync(Uri address, long from, CancellationToken stop)
    {
        string? commit = null;
        string? etag = null;
        for (var hop = 0; hop <= MaxRedirects; hop++)
        {
            var response = await SendOnceAsync(address, from, stop);
            commit ??= Header(response, "X-Repo-Commit");
            etag ??= Header(response, "X-Linked-ETag");
            if (!IsRedirect(response.StatusCode))
                return new HubAnswer(response, commit, etag ?? Header(response, "ETag"));

            var next = response.Headers.Location;
            response.Dispose();
            if (next is null)
                throw new HubException($"{Shown(address)} redirects without saying where to");
            next = new Uri(address, next);
            if (next.Scheme != Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttp)
            {
                throw new HubException($"{Shown(address)} redirects to an address of the kind {Shortened(next.Scheme)}:, only https is "
                    + "followed, and http where --allow-http says so; is it a hub?");
            }

            if (!Settings.Takes(next))
            {
                throw new HubException($"{Shown(address)} redirects to {Shown(next)}, which isn't encrypted; "
                    + $"--allow-http takes it all the same");
            }

            address = next;
        }

        throw new HubException($"{Shown(address)}: more than {MaxRedirects} redirects in a row");
    }

    private async Task<HttpResponseMessage> SendOnceAsync(Uri address, long from, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        if (from > 0)
            request.Headers.Range = new RangeHeaderValue(from, null);
        if (Settings.TokenFor(address) is { } token)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Settings.MaxSilence);
        try
        {
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (response.StatusCode is not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway
                or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or HttpStatusCode.InternalServerError))
            {
                return response;
            }

            using (response)
            {
                throw new PassingFailure($"{Shown(address)} answers {(int)response.StatusCode} {response.ReasonPhrase}",
                    response.Headers.RetryAfter?.Delta);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new PassingFailure($"{Shown(address)} gave no answer within {Settings.MaxSilence.TotalSeconds:0} s");
        }
        catch (HttpRequestException failure)
        {
            throw new PassingFailure($"{Shown(address)}: {failure.Message}", cause: failure);
        }
    }

    /// <summary>
    /// Turns a refusal into words. The hub says 401 for repositories that it doesn't have, too, so as not to tell which exist.
    /// </summary>
    private void Refuse(HubAnswer answer, string what, string repository)
    {
        var response = answer.Response;
        if (response.IsSuccessStatusCode)
            return;

        var token = Settings.Token is null ? "set HF_TOKEN to a token that may read it" : "the token in HF_TOKEN may not read it";
        var reason = (Header(response, "X-Error-Code"), response.StatusCode) switch
        {
            ("GatedRepo", _) =>
                $"the repository is gated: accept its terms at {Settings.Endpoint.AbsoluteUri.TrimEnd('/')}/{repository}, and {token}",
            ("RevisionNotFound", _) => "there is no such revision: name a branch, a tag or a commit with --revision",
            ("EntryNotFound", _) => "there is no such file",
            ("RepoNotFound", _) or (_, HttpStatusCode.Unauthorized or HttpStatusCode.NotFound) =>
                $"there is no such repository, or it is private: look at the name, or {token}",
            (_, HttpStatusCode.Forbidden) => $"access is forbidden: {token}",
            _ => $"the hub answers {(int)response.StatusCode} {response.ReasonPhrase}",
        };
        var said = Header(response, "X-Error-Message") is { Length: > 0 } message
            ? $" (the hub says: {Shortened(message)})" : "";
        throw new HubException($"{what}: {reason}{said}");
    }

    private async Task<byte[]> BoundedAsync(HubAnswer answer, CancellationToken stop)
    {
        await using var content = await HubContent.OfAsync(answer, from: 0, Settings.MaxSilence, stop);
        using var bytes = new MemoryStream();
        var buffer = new byte[1 << 16];
        int read;
        while ((read = await content.ReadAsync(buffer, stop)) > 0)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > MaxListingBytes)
                throw new HubException($"the listing is longer than {MaxListingBytes} bytes; is {Settings.Endpoint} a hub?");
        }

        return bytes.ToArray();
    }

    private RepositoryListing Read(string repository, byte[] bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes);
            var root = json.RootElement;
            var commit = root.GetProperty("sha").GetString() ?? "";
            if (commit.Length is < 7 or > 64 || !commit.All(char.IsAsciiHexDigit))
                throw new HubException($"{repository}: the hub names '{Shortened(commit)}' as its commit");
            var licence = root.TryGetProperty("cardData", out var card) && card.ValueKind == JsonValueKind.Object
                && card.TryGetProperty("license", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null;
            return new RepositoryListing(repository, commit, licence is null ? null : Shortened(licence),
                [.. root.GetProperty("siblings").EnumerateArray().Select(file => ReadFile(repository, file))]);
        }
        catch (Exception unexpected) when (unexpected is JsonException or KeyNotFoundException or InvalidOperationException
            or FormatException)
        {
            throw new HubException($"{Settings.Endpoint} answers something else than the listing of {repository}; is it a hub?",
                unexpected);
        }
    }

    private static RepositoryFile ReadFile(string repository, JsonElement file)
    {
        var path = file.GetProperty("rfilename").GetString() ?? "";
        if (!RepositoryPath.IsSafe(path))
        {
            throw new HubException($"{repository} lists a file '{Shortened(path)}', which does not stay inside of its folder; nothing was "
                + "pulled");
        }

        var large = file.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object ? lfs : default;
        var sha256 = large.ValueKind == JsonValueKind.Object && large.TryGetProperty("sha256", out var hash) ? hash.GetString() : null;
        var blob = file.TryGetProperty("blobId", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;

        // The blob of a large file is the pointer to it, so its hash is of something else.
        var bytes = Size(repository, path, file) ?? (large.ValueKind == JsonValueKind.Object ? Size(repository, path, large) : null);
        return new RepositoryFile(path, bytes,
            large.ValueKind == JsonValueKind.Object ? Checksum.Of(sha256) : Checksum.Of(blob));
    }

    private static long? Size(string repository, string path, JsonElement of)
    {
        if (!of.TryGetProperty("size", out var size) || size.ValueKind != JsonValueKind.Number)
            return null;
        return size.TryGetInt64(out var bytes) && bytes is >= 0 and <= MaxFileBytes
            ? bytes
            : throw new HubException($"{repository} lists {Shortened(path)} with {Shortened(size.GetRawText())} bytes, no file is larger "
                + $"than {MaxFileBytes}; nothing was pulled");
    }

    /// <summary>The beginning of what a hub says, with its length: enough to know it again.</summary>
    private static string Shortened(string said) => said.Length <= MaxShownAnswer
        ? said
        : string.Create(CultureInfo.InvariantCulture, $"{said.AsSpan(0, MaxShownAnswer)}... ({said.Length} characters)");

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.First() : null;

    private static bool IsRedirect(HttpStatusCode code) => code is HttpStatusCode.MovedPermanently or HttpStatusCode.Found
        or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    /// <summary>Without its query, which holds signatures of storage addresses.</summary>
    private static string Shown(Uri address) => address.GetLeftPart(UriPartial.Path);
}

/// <summary>The last answer of a chain of redirects, with what the first one said of the file. Owns the response.</summary>
/// <param name="Response">The answer.</param>
/// <param name="Commit">The commit that the hub answered for; null when it didn't say.</param>
/// <param name="ETag">The hub's name for the content, mostly its hash; null when it didn't say.</param>
internal sealed record HubAnswer(HttpResponseMessage Response, string? Commit, string? ETag) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Response.Dispose();
}

/// <summary>The bytes of an answer, as they come. One caller at a time; owns the answer.</summary>
internal sealed class HubContent : IAsyncDisposable
{
    private readonly HubAnswer _answer;
    private readonly Stream _stream;
    private readonly TimeSpan _maxSilence;

    private HubContent(HubAnswer answer, Stream stream, long from, TimeSpan maxSilence)
    {
        (_answer, _stream, From, _maxSilence) = (answer, stream, from, maxSilence);
        IsBeyondEnd = answer.Response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable;
        Checksum = Checksum.Of(answer.ETag);
        var range = answer.Response.Content.Headers.ContentRange;
        TotalBytes = range?.Length
            ?? (answer.Response.StatusCode == HttpStatusCode.OK ? answer.Response.Content.Headers.ContentLength : null);
    }

    /// <summary>Where the bytes begin: what was asked for, or 0 where the server doesn't know of parts.</summary>
    public long From { get; }

    /// <summary>True when the file has no bytes behind those that are here.</summary>
    public bool IsBeyondEnd { get; }

    /// <summary>Size of the whole file; null where the server doesn't say.</summary>
    public long? TotalBytes { get; }

    /// <summary>What the file must hash to, by the hub's name for it; null where that is no hash.</summary>
    public Checksum? Checksum { get; }

    /// <summary>Opens the content of an answer.</summary>
    public static async Task<HubContent> OfAsync(HubAnswer answer, long from, TimeSpan maxSilence, CancellationToken stop)
    {
        var begins = answer.Response.StatusCode == HttpStatusCode.PartialContent ? answer.Response.Content.Headers.ContentRange?.From
            : answer.Response.StatusCode == HttpStatusCode.OK ? 0 : from;
        if (begins is not (null or 0) && begins != from)
            throw new HubException($"the server answers with bytes from {begins} on, {from} was asked for");
        return new HubContent(answer, await answer.Response.Content.ReadAsStreamAsync(stop), begins ?? from, maxSilence);
    }

    /// <summary>Reads some bytes; 0 at the end.</summary>
    /// <exception cref="PassingFailure">The connection broke, or nothing came for too long.</exception>
    public async Task<int> ReadAsync(Memory<byte> buffer, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(_maxSilence);
        try
        {
            return await _stream.ReadAsync(buffer, limit.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new PassingFailure($"nothing came for {_maxSilence.TotalSeconds:0} s");
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            throw new PassingFailure($"the connection broke: {failure.Message}", cause: failure);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _answer.Dispose();
    }
}

/// <summary>A model could not be fetched. The message names what was asked, what was answered and the way out.</summary>
internal sealed class HubException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>A request failed in a way that may be gone the next time: no connection, no answer, a busy hub.</summary>
internal sealed class PassingFailure(string message, TimeSpan? retryAfter = null, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>How long the hub asks to wait; null when it doesn't.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
