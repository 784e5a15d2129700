using System.Security.Cryptography;

namespace StreamNer.Host.Web.Page;

/// <summary>A file that comes with the product and is served as it is.</summary>
/// <param name="Path">Where it is served, as in <c>/app.js</c>.</param>
/// <param name="ContentType">What it is.</param>
/// <param name="Content">The bytes.</param>
internal sealed record PageFile(string Path, string ContentType, ReadOnlyMemory<byte> Content)
{
    /// <summary>
    /// What the page may do: load its own files, call its own service, and put text into the page as text only: a browser that knows
    /// trusted types refuses to make elements of a string, wherever the code tried to.
    /// </summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private readonly string _tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(Content.Span))[..16]}\"";

    /// <summary>Answers one request.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.ContentSecurityPolicy = Policy;

        // Asked for each time, sent only when it has changed: a new version is there at once.
        response.Headers.CacheControl = "no-cache";
        response.Headers.ETag = _tag;
        if (request.Headers.IfNoneMatch == _tag)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = ContentType;
        response.ContentLength = Content.Length;
        if (!HttpMethods.IsHead(request.Method))
            await response.BodyWriter.WriteAsync(Content, context.RequestAborted);
    }
}
