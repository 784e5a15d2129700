namespace StreamNer.Tools.Hub;

/// <summary>The last answer of a chain of redirects, with what the first one said of the file. Owns the response.</summary>
/// <param name="Response">The answer.</param>
/// <param name="Commit">The commit that the hub answered for; null when it didn't say.</param>
/// <param name="ETag">The hub's name for the content, mostly its hash; null when it didn't say.</param>
internal sealed record HubAnswer(HttpResponseMessage Response, string? Commit, string? ETag) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Response.Dispose();
}
