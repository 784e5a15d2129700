using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace StreamNer.Inference.Files;

/// <summary>A certificate that this process shows others, read from its files and checked.</summary>
/// <param name="Certificate">The certificate with its private key.</param>
/// <param name="Issuers">Those that stand behind it in its file; sent along.</param>
internal sealed record CertificateFile(X509Certificate2 Certificate, X509Certificate2Collection Issuers)
{
    private const int MaxFileBytes = 1 << 20;

    /// <summary>Reads the files.</summary>
    /// <param name="section">Where the options stand in the configuration.</param>
    /// <param name="options">Which files.</param>
    /// <param name="now">Against which the dates are held.</param>
    /// <param name="problems">Receives what is wrong, each with the way out and never the password.</param>
    /// <returns>Null when none is named, or it can't be used.</returns>
    public static CertificateFile? Read(string section, CertificateOptions options, DateTimeOffset now, ICollection<string> problems)
    {
        if (options.Path.Length == 0)
            return null;
        if (ReadFile(section, nameof(options.Path), options.Path, problems) is not { } bytes)
            return null;

        var read = IsPem(bytes) ? ReadPem(section, options, bytes, problems) : ReadPfx(section, options, bytes, problems);
        if (read is null || DateProblem(section, options.Path, read.Certificate, now) is not { } outOfDate)
            return read;
        problems.Add(outOfDate);
        return null;
    }

    private static string? DateProblem(string section, string path, X509Certificate2 certificate, DateTimeOffset now)
    {
        if (certificate.NotAfter.ToUniversalTime() < now.UtcDateTime)
        {
            return $"{section}:Path is '{path}', that certificate has expired on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}; "
                + "put a new one there";
        }

        return certificate.NotBefore.ToUniversalTime() > now.UtcDateTime
            ? $"{section}:Path is '{path}', that certificate is valid from {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd} "
                + "on; look at the clock of this machine"
            : null;
    }

    private static CertificateFile? ReadPem(string section, CertificateOptions options, byte[] bytes, ICollection<string> problems)
    {
        var key = options.KeyPath.Length == 0 ? bytes : ReadFile(section, nameof(options.KeyPath), options.KeyPath, problems);
        if (key is null)
            return null;

        var (pem, keyPem) = (System.Text.Encoding.Latin1.GetString(bytes), System.Text.Encoding.Latin1.GetString(key));
        if (!keyPem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            problems.Add(options.KeyPath.Length == 0
                ? $"{section}:Path is '{options.Path}', that file holds no private key; {section}:KeyPath names the file that does"
                : $"{section}:KeyPath is '{options.KeyPath}', that file holds no private key in PEM");
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
            return new CertificateFile(Kept(certificate), issuers);
        }
        catch (Exception refused) when (refused is CryptographicException or ArgumentException)
        {
            var keyPath = options.KeyPath.Length == 0 ? options.Path : options.KeyPath;
            problems.Add($"{section}:Path '{options.Path}' and the key in '{keyPath}' can't be used together: {refused.Message} The "
                + $"key must be that of the first certificate in the file, and {section}:Password its password where it has one");
            return null;
        }
    }

    private static CertificateFile? ReadPfx(string section, CertificateOptions options, byte[] bytes, ICollection<string> problems)
    {
        try
        {
            var all = X509CertificateLoader.LoadPkcs12Collection(bytes, options.Password, X509KeyStorageFlags.DefaultKeySet);
            if (all.FirstOrDefault(one => one.HasPrivateKey) is { } certificate)
                return new CertificateFile(certificate, [.. all.Where(one => one != certificate)]);
            problems.Add($"{section}:Path is '{options.Path}', that file holds no private key");
        }
        catch (CryptographicException refused)
        {
            problems.Add($"{section}:Path is '{options.Path}', which is neither PEM nor a PFX that {section}:Password opens: "
                + refused.Message);
        }

        return null;
    }

    // Windows' TLS takes no key that lives in memory alone.
    private static X509Certificate2 Kept(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);

    private static byte[]? ReadFile(string section, string key, string path, ICollection<string> problems)
    {
        List<string> found = [];
        var bytes = BoundedFile.Read(path, found, MaxFileBytes);
        foreach (var problem in found)
            problems.Add($"{section}:{key}: {problem}");
        return bytes;
    }

    /// <summary>Reads a file of nothing but certificates, PEM.</summary>
    /// <param name="section">Where the key stands in the configuration.</param>
    /// <param name="key">The key that names it.</param>
    /// <param name="path">The file.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <returns>Null when it can't be read, or holds none.</returns>
    public static X509Certificate2Collection? ReadIssuers(string section, string key, string path, ICollection<string> problems)
    {
        if (ReadFile(section, key, path, problems) is not { } bytes)
            return null;

        X509Certificate2Collection issuers = [];
        try
        {
            issuers.ImportFromPem(System.Text.Encoding.Latin1.GetString(bytes));
        }
        catch (CryptographicException refused)
        {
            problems.Add($"{section}:{key} is '{path}', which can't be read as PEM: {refused.Message}");
            return null;
        }

        if (issuers.Count > 0)
            return issuers;
        problems.Add($"{section}:{key} is '{path}', that file holds no certificate in PEM");
        return null;
    }

    private static bool IsPem(byte[] bytes) => bytes.AsSpan().IndexOf("-----BEGIN "u8) >= 0;
}

/// <summary>A certificate with its key, in files of the usual kinds.</summary>
public record CertificateOptions
{
    /// <summary>
    /// The certificate, PEM (those of its issuers may follow) or PFX. Read once, at the start. Default empty: none.
    /// </summary>
    public string Path { get; init; } = "";

    /// <summary>Its private key, PEM. Default empty: it stands in <see cref="Path"/> too.</summary>
    public string KeyPath { get; init; } = "";

    /// <summary>Password of the key or of the PFX. Default empty. Never logged nor shown.</summary>
    public string Password { get; init; } = "";

    /// <summary>Names the type only: the values hold a secret.</summary>
    public sealed override string ToString() => nameof(CertificateOptions);
}
