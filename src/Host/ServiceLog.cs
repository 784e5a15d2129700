namespace StreamNer.Host;

/// <summary>What the service says of itself.</summary>
internal static partial class ServiceLog
{
    [LoggerMessage(4001, LogLevel.Information, "StreamNer {Version}: model {Model} {Hash}, {Lanes} lanes, {Inputs} -> {Output}, group "
        + "{Group} at {Brokers}, web {Url}")]
    public static partial void Started(
        this ILogger log, string version, string model, string hash, int lanes, string inputs, string output, string group, string brokers,
            string url);

    [LoggerMessage(4002, LogLevel.Information, "stopped with exit code {ExitCode}")]
    public static partial void Stopped(this ILogger log, int exitCode);

    [LoggerMessage(4003, LogLevel.Warning, "the web address {Url} can be reached from other machines: it has no login and no encryption, "
        + "set Web:Certificate and Web:ApiKey, or put a reverse proxy in front")]
    public static partial void Open(this ILogger log, string url);

    [LoggerMessage(4006, LogLevel.Warning, "the web address {Url} can be reached from other machines and has no login: set Web:ApiKey, or "
        + "put a reverse proxy in front")]
    public static partial void OpenEncrypted(this ILogger log, string url);

    [LoggerMessage(4004, LogLevel.Warning, "the web address {Url} can be reached from other machines: it needs the API key, but has no "
        + "encryption, so the key travels in the clear: set Web:Certificate, or put a reverse proxy in front")]
    public static partial void OpenWithKey(this ILogger log, string url);

    [LoggerMessage(4005, LogLevel.Warning, "this process may have {Descriptors} files open, so the web side takes {Connections} "
        + "connections, not the {Wanted} of Web:MaxConnections: raise the limit (ulimit -n, LimitNOFILE=) or lower the setting")]
    public static partial void FewDescriptors(this ILogger log, long descriptors, int connections, int wanted);

    [LoggerMessage(4009, LogLevel.Warning, "a variable of the environment is not followed: {Problem}")]
    public static partial void NotFollowed(this ILogger log, string problem);

    [LoggerMessage(4008, LogLevel.Information, "node of a cluster at {Host}:{Port}, roles {Roles}, seeds {Seeds}")]
    public static partial void Node(this ILogger log, string host, int port, string roles, string seeds);

    [LoggerMessage(4007, LogLevel.Warning, "the cluster's address {Host} can be reached from other machines without a certificate: whoever "
        + "reaches it is trusted as a node is, set Cluster:Certificate, or keep strangers out of that network")]
    public static partial void OpenCluster(this ILogger log, string host);
}
