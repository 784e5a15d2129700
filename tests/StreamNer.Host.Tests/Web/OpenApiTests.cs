using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using StreamNer.Host.Web.Page;

namespace StreamNer.Host.Tests.Web;

public sealed class OpenApiTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_description_can_be_read_without_a_complaint()
    {
        var read = OpenApiDocument.Parse(await service.Http.GetStringAsync("/openapi.json", Stop), "json");

        Assert.Empty(read.Diagnostic!.Errors.Select(error => error.Message));
        Assert.Empty(read.Diagnostic.Warnings.Select(warning => warning.Message));
        Assert.NotEmpty(read.Document!.Paths);
    }

    [Fact]
    public async Task Every_endpoint_stands_in_the_description()
    {
        using var description = JsonDocument.Parse(await service.Http.GetStringAsync("/openapi.json", Stop));
        var described = description.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}"))
                .ToHashSet();

        var mapped = Mapped().ToArray();

        Assert.Contains("POST /v1/label", mapped);
        Assert.All(mapped, endpoint => Assert.Contains(endpoint, described));
    }

    [Fact]
    public void Every_reference_in_the_description_leads_somewhere()
    {
        using var description = JsonDocument.Parse(File.ReadAllText(TestSupport.Repository.File("src", "Host", "wwwroot", "openapi.json")));

        Assert.All(References(description.RootElement), reference =>
        {
            var at = description.RootElement;
            foreach (var part in reference.Split('/').Skip(1))
                Assert.True(at.TryGetProperty(part, out at), $"{reference} leads nowhere at {part}");
        });
    }

    private IEnumerable<string> Mapped() =>
        service.Service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.Metadata.GetMetadata<PartOfPage>() is null)
        .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            .Where(method => method != "HEAD")
            .Select(method => $"{method} {endpoint.RoutePattern.RawText}"));

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject()
            .SelectMany(property => property.Name == "$ref" ? [property.Value.GetString()!] : References(property.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };
}
