using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace StreamNer.TestSupport;

/// <summary>An issuer of its own and a certificate of it, and a stranger's, as files.</summary>
public sealed class NodeCertificates : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("streamner-certificates-");

    public NodeCertificates()
    {
        using var issuerKey = RSA.Create(2048);
        var request = new CertificateRequest("CN=nodes of a test", issuerKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = DateTimeOffset.UtcNow;
        using var issuer = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(10));
        Issuer = Path.Combine(_folder.FullName, "issuer.pem");
        File.WriteAllText(Issuer, issuer.ExportCertificatePem());

        Node = Write("node.pfx", request => request.Create(issuer, now.AddDays(-1), now.AddDays(5), [1, 2, 3, 4]));
        Stranger = Write("stranger.pfx", request => request.CreateSelfSigned(now.AddDays(-1), now.AddDays(5)));
    }

    /// <summary>The issuer's certificate, PEM.</summary>
    public string Issuer { get; }

    /// <summary>Certificate and key that it has signed, PKCS #12.</summary>
    public string Node { get; }

    /// <summary>The same, signed by nobody else.</summary>
    public string Stranger { get; }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Write(string name, Func<CertificateRequest, X509Certificate2> sign)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var signed = sign(request);
        using var whole = signed.HasPrivateKey ? X509CertificateLoader.LoadPkcs12(signed.Export(X509ContentType.Pfx), null)
            : signed.CopyWithPrivateKey(key);
        var file = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(file, whole.Export(X509ContentType.Pfx));
        return file;
    }
}
