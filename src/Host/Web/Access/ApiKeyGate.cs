using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;
using StreamNer.Host.Settings;
using StreamNer.Host.Web.Answers;

namespace StreamNer.Host.Web.Access;

/// <summary>Lets requests pass that bring the key. Closed for everything that is not said to be open.</summary>
internal sealed class ApiKeyGate(WebOptions options)
{
    /// <summary>Name of the header that holds the key and nothing else.</summary>
    public const string HeaderName = "X-Api-Key";

    private const string Scheme = "Bearer";

    // Of equal length whatever is sent, so that comparing takes the same time.
    private readonly byte[] _expected = Hash(options.ApiKey);

    /// <summary>Puts the gate into the request path, behind routing. Without a key in the configuration there is none.</summary>
    public static void Use(WebApplication app, WebOptions options)
    {
        if (options.HasApiKey)
            app.Use(new ApiKeyGate(options).PassAsync);
    }

    private Task PassAsync(HttpContext context, RequestDelegate next)
    {
        // An orchestrator asks for health without any key, and a browser must get the page to ask for one.
        var isOpen = context.Request.Path.StartsWithSegments("/health")
            || context.GetEndpoint()?.Metadata.GetMetadata<OpenToAll>() is not null;
        if (isOpen || IsKey(context.Request.Headers))
            return next(context);

        context.Response.Headers.WWWAuthenticate = Scheme;
        return Problem.WriteAsync(context, StatusCodes.Status401Unauthorized,
            $"the API key is missing or wrong; send it as '{HeaderNames.Authorization}: {Scheme} KEY' or '{HeaderName}: KEY'");
    }

    private bool IsKey(IHeaderDictionary headers)
    {
        if (headers[HeaderName] is [{ } key])
            return IsKey(key);
        return AuthenticationHeaderValue.TryParse(headers.Authorization, out var login)
            && string.Equals(login.Scheme, Scheme, StringComparison.OrdinalIgnoreCase)
            && IsKey(login.Parameter ?? "");
    }

    private bool IsKey(string key) => CryptographicOperations.FixedTimeEquals(_expected, Hash(key));

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
