using System.Globalization;
using StreamNer.Host.Settings;

namespace StreamNer.Host.Web.Access;

/// <summary>How many connections the web side takes at once: never so many that the rest of the process has no descriptors left.</summary>
/// <param name="Connections">Connections taken; one more is closed as soon as it comes.</param>
/// <param name="Descriptors">Files and sockets that the process may have open; null where that is not known.</param>
internal readonly record struct ConnectionLimit(int Connections, long? Descriptors)
{
    /// <summary>Longest wait for the rest of a request's head.</summary>
    public static readonly TimeSpan HeaderTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection may stay without a request.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);

    private const string Limits = "/proc/self/limits";
    private const string OpenFiles = "Max open files";

    /// <summary>The limit for this process.</summary>
    public static ConnectionLimit For(WebOptions options) => For(options, ReadDescriptors());

    /// <summary>The limit for a process that may have so many descriptors open.</summary>
    public static ConnectionLimit For(WebOptions options, long? descriptors) =>
        new((int)Math.Clamp(descriptors / 2 ?? long.MaxValue, 1, options.MaxConnections), descriptors);

    /// <summary>Reads the soft limit out of what Linux says of a process; null when it says "unlimited", or nothing.</summary>
    internal static long? ReadDescriptors(IEnumerable<string> limits)
    {
        var line = limits.FirstOrDefault(line => line.StartsWith(OpenFiles, StringComparison.Ordinal));
        return line?[OpenFiles.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var soft, ..]
            && long.TryParse(soft, CultureInfo.InvariantCulture, out var descriptors)
                ? descriptors
                : null;
    }

    private static long? ReadDescriptors()
    {
        try
        {
            return File.Exists(Limits) ? ReadDescriptors(File.ReadLines(Limits)) : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
