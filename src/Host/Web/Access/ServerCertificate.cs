using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using StreamNer.Host.Settings;
using StreamNer.Inference.Files;

namespace StreamNer.Host.Web.Access;

/// <summary>The certificate that the web side shows, read from its files and checked.</summary>
/// <param name="Certificate">The certificate with its private key.</param>
/// <param name="Issuers">Those that stand behind it in its file; sent along.</param>
internal sealed record ServerCertificate(X509Certificate2 Certificate, X509Certificate2Collection Issuers)
{
    private const string Section = $"{WebOptions.Section}:{nameof(WebOptions.Certificate)}";

    private const int MaxFileBytes = 1 << 20;

    /// <summary>Reads the files.</summary>
    /// <param name="options">Which files.</param>
    /// <param name="now">Against which the dates are held.</param>
    /// <param name="problems">Receives what is wrong, each with the way out and never the password.</param>
    /// <returns>Null when none is named, or it can't be used.</returns>
    public static ServerCertificate? Read(CertificateOptions options, DateTimeOffset now, ICollection<string> problems)
    {
        if (options.Path.Length == 0)
            return null;
        if (ReadFile(nameof(options.Path), options.Path, problems) is not { } bytes)
            return null;

        var read = IsPem(bytes) ? ReadPem(options, bytes, problems) : ReadPfx(options, bytes, problems);
        if (read is null || DateProblem(options.Path, read.Certificate, now) is not { } outOfDate)
            return read;
        problems.Add(outOfDate);
        return null;
    }

    private static string? DateProblem(string path, X509Certificate2 certificate, DateTimeOffset now)
    {
        if (certificate.NotAfter.ToUniversalTime() < now.UtcDateTime)
        {
            return $"{Section}:Path is '{path}', that certificate has expired on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}; "
                + "put a new one there";
        }

        return certificate.NotBefore.ToUniversalTime() > now.UtcDateTime
            ? $"{Section}:Path is '{path}', that certificate is valid from {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd} "
                + "on; look at the clock of this machine"
            : null;
    }

    private static ServerCertificate? ReadPem(CertificateOptions options, byte[] bytes, ICollection<string> problems)
    {
        var key = options.KeyPath.Length == 0 ? bytes : ReadFile(nameof(options.KeyPath), options.KeyPath, problems);
        if (key is null)
            return null;

        var (pem, keyPem) = (System.Text.Encoding.Latin1.GetString(bytes), System.Text.Encoding.Latin1.GetString(key));
        if (!keyPem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            problems.Add(options.KeyPath.Length == 0
                ? $"{Section}:Path is '{options.Path}', that file holds no private key; {Section}:KeyPath names the file that does"
                : $"{Section}:KeyPath is '{options.KeyPath}', that file holds no private key in PEM");
            return null;
        }

        try
        {
            using var certificate = options.Password.Length == 0
                ? X509Certificate2.CreateFromPem(pem, keyPem)
                : X509Certificate2.CreateFromEncryptedPem(pem, keyPem, options.Password);
            X509Certificate2Collection issuers = [];
            issuers.ImportFromPem(pem);
            issuers.RemoveAt(0);
            return new ServerCertificate(Kept(certificate), issuers);
        }
        catch (Exception refused) when (refused is CryptographicException or ArgumentException)
        {
            var keyPath = options.KeyPath.Length == 0 ? options.Path : options.KeyPath;
            problems.Add($"{Section}:Path '{options.Path}' and the key in '{keyPath}' can't be used together: {refused.Message} The "
                + $"key must be that of the first certificate in the file, and {Section}:Password its password where it has one");
            return null;
        }
    }

    private static ServerCertificate? ReadPfx(CertificateOptions options, byte[] bytes, ICollection<string> problems)
    {
        try
        {
            var all = X509CertificateLoader.LoadPkcs12Collection(bytes, options.Password, X509KeyStorageFlags.DefaultKeySet);
            if (all.FirstOrDefault(one => one.HasPrivateKey) is { } certificate)
                return new ServerCertificate(certificate, [.. all.Where(one => one != certificate)]);
            problems.Add($"{Section}:Path is '{options.Path}', that file holds no private key");
        }
        catch (CryptographicException refused)
        {
            problems.Add($"{Section}:Path is '{options.Path}', which is neither PEM nor a PFX that {Section}:Password opens: "
                + refused.Message);
        }

        return null;
    }

    // Windows' TLS takes no key that lives in memory alone.
    private static X509Certificate2 Kept(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);

    private static byte[]? ReadFile(string key, string path, ICollection<string> problems)
    {
        List<string> found = [];
        var bytes = BoundedFile.Read(path, found, MaxFileBytes);
        foreach (var problem in found)
            problems.Add($"{Section}:{key}: {problem}");
        return bytes;
    }

    private static bool IsPem(byte[] bytes) => bytes.AsSpan().IndexOf("-----BEGIN "u8) >= 0;
}
