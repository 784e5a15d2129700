using System.Net;

namespace StreamNer.Tools.Hub;

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
        TotalBytes = range?.Length ?? (answer.Response.StatusCode == HttpStatusCode.OK ? answer.Response.Content.Headers.ContentLength : null);
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
        var begins = answer.Response.StatusCode == HttpStatusCode.PartialContent ? answer.Response.Content.Headers.ContentRange?.From : answer.Response.StatusCode == HttpStatusCode.OK ? 0 : from;
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
