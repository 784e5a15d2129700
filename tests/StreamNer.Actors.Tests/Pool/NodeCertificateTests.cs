using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Akka.Event;
using StreamNer.Actors.Pool;
using StreamNer.TestSupport;

namespace StreamNer.Actors.Tests.Pool;

public sealed class NodeCertificateTests : IDisposable
{
    private readonly NodeCertificates _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void A_certificate_of_the_issuer_is_a_node_s_and_a_stranger_s_is_not_whatever_the_machine_thinks_of_them()
    {
        var node = Read(_files.Node, _files.Issuer);
        using var stranger = X509CertificateLoader.LoadPkcs12FromFile(_files.Stranger, null);
        foreach (var errors in (SslPolicyErrors[])[SslPolicyErrors.None, SslPolicyErrors.RemoteCertificateChainErrors])
        {
            Assert.True(node.IsOfNode(node.Certificate, null, "peer", errors, NoLogger.Instance));
            Assert.False(node.IsOfNode(stranger, null, "peer", errors, NoLogger.Instance));
        }
    }

    [Fact]
    public void Who_shows_no_certificate_is_no_node() => Assert.False(
        Read(_files.Node, _files.Issuer).IsOfNode(null, null, "peer", SslPolicyErrors.RemoteCertificateNotAvailable, NoLogger.Instance));

    [Fact]
    public void Without_an_issuer_all_nodes_have_one_certificate()
    {
        var node = Read(_files.Stranger, "");
        using var other = X509CertificateLoader.LoadPkcs12FromFile(_files.Node, null);
        Assert.True(node.IsOfNode(node.Certificate, null, "peer", SslPolicyErrors.None, NoLogger.Instance));
        Assert.False(node.IsOfNode(other, null, "peer", SslPolicyErrors.None, NoLogger.Instance));
    }

    [Fact]
    public void A_certificate_that_its_own_issuer_has_not_signed_is_refused_at_the_start()
    {
        var (node, problems) = TryRead(_files.Stranger, _files.Issuer);
        Assert.Null(node);
        Assert.Contains("Cluster:Certificate:Path is '", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void An_issuer_that_is_no_certificate_is_named()
    {
        var (node, problems) = TryRead(_files.Node, _files.Node);
        Assert.Null(node);
        Assert.Contains("Cluster:Certificate:Issuer is '", Assert.Single(problems), StringComparison.Ordinal);
    }

    private static NodeCertificate Read(string certificate, string issuer)
    {
        var (node, problems) = TryRead(certificate, issuer);
        Assert.Empty(problems);
        return node!;
    }

    private static (NodeCertificate? Node, List<string> Problems) TryRead(string certificate, string issuer)
    {
        List<string> problems = [];
        var options = new ClusterOptions { Enabled = true, Certificate = new() { Path = certificate, Issuer = issuer } };
        return (NodeCertificate.Read(options, DateTimeOffset.UtcNow, problems), problems);
    }
}
