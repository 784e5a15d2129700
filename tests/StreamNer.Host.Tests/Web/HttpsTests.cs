using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using StreamNer.Embedded;
using StreamNer.Host.Configuration;

namespace StreamNer.Host.Tests.Web;

public sealed class HttpsTests : IDisposable
{
    private readonly EmbeddedBroker _broker = EmbeddedBroker.Start();
    private readonly SelfSignedCertificate _files = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _broker.Dispose();
        _files.Dispose();
    }

    [Fact]
    public async Task The_service_answers_over_https_with_its_certificate()
    {
        var settings = ServiceUnderTest.Settings(
            _broker, "Web:Url=https://127.0.0.1:0", $"Web:Certificate:Path={_files.Pem()}", $"Web:Certificate:KeyPath={_files.Key()}");
        await using var service = await Service.StartAsync(ServicePlan.Make(settings), Stop);
        string? shown = null;
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
            {
                shown = certificate!.Thumbprint;
                return true;
            },
        };
        using var http = new HttpClient(handler) { BaseAddress = service.Address };
        using var answer = await http.GetAsync(new Uri("/health/live", UriKind.Relative), Stop);

        Assert.Equal("https", service.Address.Scheme);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(_files.Thumbprint, shown);
        await service.StopAsync();
    }

    [Fact]
    public async Task A_connection_carries_one_request_at_a_time_so_that_the_bounds_hold()
    {
        var settings = ServiceUnderTest.Settings(
            _broker, "Web:Url=https://127.0.0.1:0", $"Web:Certificate:Path={_files.Pem()}", $"Web:Certificate:KeyPath={_files.Key()}");
        await using var service = await Service.StartAsync(ServicePlan.Make(settings), Stop);
        using var client = new TcpClient();
        await client.ConnectAsync(service.Address.Host, service.Address.Port, Stop);
        await using var encrypted = new SslStream(client.GetStream());

        await encrypted.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == _files.Thumbprint,
            },
            Stop);

        Assert.NotEqual(SslApplicationProtocol.Http2, encrypted.NegotiatedApplicationProtocol);
        await service.StopAsync();
    }

    [Fact]
    public void A_certificate_that_can_not_be_used_is_a_problem_of_the_configuration()
    {
        var settings = ServiceUnderTest.Settings(_broker, "Web:Url=https://127.0.0.1:0", "Web:Certificate:Path=/none.pem");

        Assert.Contains("Web:Certificate:Path: /none.pem",
            Assert.Throws<ConfigurationException>(() => ServicePlan.Make(settings)).Message);
    }
}
