using Akka.Actor;
using Akka.DependencyInjection;
using Akka.Dispatch;
using Akka.Event;

namespace StreamNer.Host.Logging;

/// <summary>Hands what actors log to the host's logger, with the actor's path as its category's detail and nothing said twice.</summary>
/// <remarks>Akka.Hosting's own logger writes time, level and thread into each message and turns errors into warnings.</remarks>
internal sealed class ActorLogger : ActorBase, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private const string Category = "Akka";
    private const string UserActors = "/user/";

    private readonly ILogger _log = DependencyResolver.For(Context.System).Resolver.GetService<ILoggerFactory>().CreateLogger(Category);

    /// <inheritdoc/>
    protected override bool Receive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                return true;

            case LogEvent entry:
                Write(entry);
                return true;

            default:
                return false;
        }
    }

    private void Write(LogEvent entry)
    {
        var level = LevelOf(entry);
        if (_log.IsEnabled(level))
            _log.Log(level, entry.Cause, "{Actor}: {Message}", SourceOf(entry), entry.Message);
    }

    private static string SourceOf(LogEvent entry)
    {
        var user = entry.LogSource.IndexOf(UserActors, StringComparison.Ordinal);
        return user < 0 ? entry.LogSource : entry.LogSource[(user + UserActors.Length)..];
    }

    // What Akka.NET says of every connection that begins, ends or is tried again, also by strangers. What it means is told by who used it.
    // A message that can't be read is another matter: nodes of different versions.
    private static bool IsOfConnections(LogEvent entry) =>
        (entry.LogSource.Contains("/system/endpointManager", StringComparison.Ordinal) && !IsOfMessages(entry))
        || entry.LogSource.StartsWith("remoting", StringComparison.Ordinal)
        || entry.LogSource.StartsWith("TcpTransport", StringComparison.Ordinal)
        || entry.LogSource.StartsWith("TcpServerHandler", StringComparison.Ordinal);

    private static bool IsOfMessages(LogEvent entry) =>
        entry.Message.ToString()?.Contains("Transient association error", StringComparison.Ordinal) == true;

    private static Microsoft.Extensions.Logging.LogLevel LevelOf(LogEvent entry) => entry.LogLevel() switch
    {
        _ when IsOfConnections(entry) => Microsoft.Extensions.Logging.LogLevel.Debug,
        Akka.Event.LogLevel.DebugLevel => Microsoft.Extensions.Logging.LogLevel.Debug,
        Akka.Event.LogLevel.InfoLevel => Microsoft.Extensions.Logging.LogLevel.Information,
        Akka.Event.LogLevel.WarningLevel => Microsoft.Extensions.Logging.LogLevel.Warning,
        _ => Microsoft.Extensions.Logging.LogLevel.Error,
    };
}
