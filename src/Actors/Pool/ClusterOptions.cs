using System.Globalization;
using System.Text.RegularExpressions;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Files;

namespace StreamNer.Actors.Pool;

/// <summary>Whether and how this process is a node of a cluster, whose nodes share their devices.</summary>
public sealed partial record ClusterOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "StreamNer:Cluster";

    /// <summary>Name of the section of its certificate.</summary>
    internal const string CertificateSection = $"{Section}:{nameof(Certificate)}";

    /// <summary>Whether it is one. Default off: a single process, and no port is opened for others.</summary>
    public bool Enabled { get; init; }

    /// <summary>
    /// What it does: <c>stream</c> reads Kafka, cuts texts, decodes and publishes, <c>inference</c> has devices and computes for all nodes.
    /// Default both.
    /// </summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>
    /// Address to listen on for other nodes. Default 127.0.0.1: this machine only. Whoever reaches it is trusted as a node is, unless
    /// <see cref="Certificate"/> says who may.
    /// </summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Port to listen on for other nodes; 0 is any free one, for nodes that are nobody's seed. Default 4053.</summary>
    public int Port { get; init; } = 4053;

    /// <summary>How others reach it, where that is not <see cref="Host"/>, which may then be 0.0.0.0. Default empty.</summary>
    public string PublicHost { get; init; } = "";

    /// <summary>
    /// Nodes to join, as <c>host:port</c>: the same ones in the same order everywhere. Default none: it is the first one, others join it.
    /// </summary>
    public IReadOnlyList<string> Seeds { get; init; } = [];

    /// <summary>
    /// With which certificate nodes show each other who they are; what they say is then encrypted. Default none: in the clear.
    /// </summary>
    public NodeCertificateOptions Certificate { get; init; } = new();

    /// <summary>Whether nodes speak in secret, with certificates.</summary>
    public bool IsEncrypted => Certificate.Path.Length > 0;

    /// <summary>Whether only this machine can reach it.</summary>
    public bool IsLoopback => Host is "127.0.0.1" or "localhost" or "::1";

    /// <summary>What it does; null where it is no node.</summary>
    internal PoolSetup? Pool => Enabled
        ? new PoolSetup(
            Roles.Count == 0 || Roles.Contains(PoolSetup.StreamRole, StringComparer.OrdinalIgnoreCase),
            Roles.Count == 0 || Roles.Contains(PoolSetup.InferenceRole, StringComparer.OrdinalIgnoreCase))
        : null;

    /// <summary>Says everything that is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var role in Roles.Where(role => !IsRole(role)))
            yield return $"{Section}:Roles has '{role}', it must be {PoolSetup.StreamRole} or {PoolSetup.InferenceRole}";
        if (!HostName().IsMatch(Host))
            yield return $"{Section}:Host is '{Host}', it must be a host's name or address";
        if (PublicHost.Length > 0 && !HostName().IsMatch(PublicHost))
            yield return $"{Section}:PublicHost is '{PublicHost}', it must be a host's name or address";
        if (Enabled && PublicHost.Length == 0 && Host is "0.0.0.0" or "::")
            yield return $"{Section}:Host is '{Host}', then {Section}:PublicHost must say how other nodes reach this one";
        if (Port is < 0 or > 65_535)
            yield return $"{Section}:Port is {Port}, it must be between 0 (any free one) and 65535";
        if (Enabled && Port == 0 && Seeds.Count == 0)
            yield return $"{Section}:Port is 0, which no other node knows; name a port, or nodes to join in {Section}:Seeds";
        foreach (var seed in Seeds.Where(seed => !IsSeed(seed)))
            yield return $"{Section}:Seeds has '{seed}', it must be a host and a port, as in 10.0.0.1:4053";
        if (Certificate.Path.Length == 0 && Certificate.KeyPath.Length + Certificate.Password.Length + Certificate.Issuer.Length > 0)
            yield return $"{CertificateSection}:Path is empty, it must name the certificate that the other keys are about";
    }

    private static bool IsRole(string role) => string.Equals(role, PoolSetup.StreamRole, StringComparison.OrdinalIgnoreCase)
        || string.Equals(role, PoolSetup.InferenceRole, StringComparison.OrdinalIgnoreCase);

    // An IPv6 address stands in brackets before its port.
    private static bool IsSeed(string seed) => seed.LastIndexOf(':') is var colon and > 0
        && HostName().IsMatch(seed[..colon])
        && (!seed[..colon].Contains(':', StringComparison.Ordinal) || seed[colon - 1] == ']')
        && int.TryParse(seed[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
        && port is > 0 and <= 65_535;

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$|^\[?[0-9A-Fa-f:]{2,39}\]?$", RegexOptions.CultureInvariant)]
    private static partial Regex HostName();
}

/// <summary>A node's certificate, and whose it takes for a node's.</summary>
public sealed record NodeCertificateOptions : CertificateOptions
{
    /// <summary>
    /// Certificates of whoever may sign a node's, PEM. Default empty: those that stand behind the certificate in its own file; where there
    /// is none the certificate itself, which all nodes then have.
    /// </summary>
    public string Issuer { get; init; } = "";
}
