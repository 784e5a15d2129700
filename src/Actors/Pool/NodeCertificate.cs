using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Akka.Event;
using Akka.Remote.Transport.DotNetty;
using StreamNer.Inference.Files;

namespace StreamNer.Actors.Pool;

/// <summary>The certificate that this node shows others, and the issuers whose certificates it takes for a node's.</summary>
/// <remarks>
/// Not those that the machine trusts: whoever has a name on the internet can have a certificate of one of them. Names are not compared,
/// since nodes come and go under addresses that nobody knew before: whoever has a certificate of these issuers is a node.
/// </remarks>
internal sealed record NodeCertificate(X509Certificate2 Certificate, X509Certificate2Collection Issuers)
{
    /// <summary>Reads the files.</summary>
    /// <param name="options">Which.</param>
    /// <param name="now">Against which the dates are held.</param>
    /// <param name="problems">Receives what is wrong, with the way out and never the password.</param>
    /// <returns>Null when none is named, or it can't be used.</returns>
    public static NodeCertificate? Read(ClusterOptions options, DateTimeOffset now, ICollection<string> problems)
    {
        if (CertificateFile.Read(ClusterOptions.CertificateSection, options.Certificate, now, problems) is not var (certificate, behind))
            return null;

        var issuers = options.Certificate.Issuer.Length > 0
            ? CertificateFile.ReadIssuers(
                ClusterOptions.CertificateSection, nameof(NodeCertificateOptions.Issuer), options.Certificate.Issuer, problems)
            : behind.Count > 0 ? behind : [certificate];
        if (issuers is null)
            return null;

        var own = new NodeCertificate(certificate, issuers);
        if (own.Problem(certificate, []) is not { } problem)
            return own;
        problems.Add($"{ClusterOptions.CertificateSection}:Path is '{options.Certificate.Path}', other nodes would not take that for a "
            + $"node's: {problem}; {ClusterOptions.CertificateSection}:Issuer must name who has signed it");
        return null;
    }

    /// <summary>How Akka.NET is told.</summary>
    public DotNettySslSetup Setup => new(
        Certificate, suppressValidation: false, requireMutualAuthentication: true, validateCertificateHostname: false, IsOfNode);

    /// <summary>Whether a certificate is a node's. Any thread.</summary>
    public bool IsOfNode(X509Certificate2? certificate, X509Chain? chain, string peer, SslPolicyErrors errors, ILoggingAdapter log)
    {
        if (certificate is null)
        {
            log.Warning("{Peer} shows no certificate", peer);
            return false;
        }

        if (Problem(certificate, chain?.ChainElements.Select(element => element.Certificate) ?? []) is not { } problem)
            return true;
        log.Warning("{Peer} shows a certificate that is not a node's: {Problem}", peer, problem);
        return false;
    }

    private string? Problem(X509Certificate2 certificate, IEnumerable<X509Certificate2> between)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Issuers);
        chain.ChainPolicy.ExtraStore.AddRange(between.ToArray());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(certificate) ? null : string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation));
    }
}
