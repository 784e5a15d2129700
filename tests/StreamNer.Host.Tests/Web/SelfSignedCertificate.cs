using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace StreamNer.Host.Tests.Web;

/// <summary>A certificate for this machine that nobody else vouches for, in files of a folder of its own.</summary>
internal sealed class SelfSignedCertificate : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("streamner-certificate-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;

    /// <param name="fromDays">Days from now until it is valid.</param>
    /// <param name="toDays">Days from now until it is not valid any more.</param>
    public SelfSignedCertificate(int fromDays = -1, int toDays = 30)
    {
        var request = new CertificateRequest("CN=localhost", _key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(fromDays), DateTimeOffset.UtcNow.AddDays(toDays));
    }

    /// <summary>What a client sees of it.</summary>
    public string Thumbprint => _certificate.Thumbprint;

    /// <summary>The certificate alone.</summary>
    public string Pem() => Write("certificate.pem", _certificate.ExportCertificatePem());

    /// <summary>The key alone.</summary>
    public string Key() => Write("key.pem", _key.ExportPkcs8PrivateKeyPem());

    /// <summary>The key alone, behind a password.</summary>
    public string Key(string password) => Write("locked.pem", _key.ExportEncryptedPkcs8PrivateKeyPem(
        password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterationCount: 1000)));

    /// <summary>Both in one file.</summary>
    public string Both() => Write("both.pem", $"{_certificate.ExportCertificatePem()}\n{_key.ExportPkcs8PrivateKeyPem()}\n");

    /// <summary>Both in a PFX.</summary>
    public string Pfx(string password)
    {
        var path = Path.Combine(_folder, "both.pfx");
        File.WriteAllBytes(path, _certificate.Export(X509ContentType.Pkcs12, password));
        return path;
    }

    /// <summary>A file of any content.</summary>
    public string Write(string name, string content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, content);
        return path;
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
