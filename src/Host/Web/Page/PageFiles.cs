using StreamNer.Host.Web.Access;

namespace StreamNer.Host.Web.Page;

/// <summary>The web page: the files of <c>wwwroot</c>, which are part of the executable. No path of a request reaches a disk.</summary>
internal static class PageFiles
{
    private const string Folder = "wwwroot/";
    private const string IndexPath = "/index.html";
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>What somebody sees who asks for the page and is no browser.</summary>
    private const string PlainIndex =
        """
        StreamNer

        GET  /health/live    whether the actor system lives
        GET  /health/ready   documents would flow, or why not
        GET  /metrics        Prometheus
        GET  /info           model, lanes, topics
        GET  /openapi.json   the HTTP API, described
        GET  /v1/status      how the service is doing, as JSON
        GET  /v1/events      entity events as they are published, server-sent events
        POST /v1/label       {"text": "..."} or {"texts": ["...", "..."]} or {"words": ["...", "..."]}, application/json

        A browser gets a page here.

        """;

    /// <summary>
    /// Maps the page, its files and the description of the API. None of them needs a key: there is nothing secret in them.
    /// </summary>
    public static void MapPage(this IEndpointRouteBuilder endpoints)
    {
        var files = Read();
        var index = files.Single(file => file.Path == IndexPath);
        endpoints.MapMethods("/", Methods, context => IndexAsync(context, index)).WithMetadata(OpenToAll.Instance);
        foreach (var file in files.Where(file => file.Path != IndexPath))
        {
            var endpoint = endpoints.MapMethods(file.Path, Methods, file.WriteAsync).WithMetadata(OpenToAll.Instance);
            if (file.Path != "/openapi.json")
                endpoint.WithMetadata(PartOfPage.Instance);
        }
    }

    private static async Task IndexAsync(HttpContext context, PageFile index)
    {
        context.Response.Headers.Vary = "Accept";
        if (context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
            await index.WriteAsync(context);
        else
            await TypedResults.Text(PlainIndex).ExecuteAsync(context);
    }

    private static PageFile[] Read()
    {
        var assembly = typeof(PageFiles).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Select(name =>
        {
            using var resource = assembly.GetManifestResourceStream(name)!;
            var content = new byte[resource.Length];
            resource.ReadExactly(content);
            return new PageFile(name[(Folder.Length - 1)..], TypeOf(name), content);
        })];
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".json" => "application/json",
        var other => throw new InvalidOperationException($"{name}: no content type is known for '{other}'"),
    };
}
