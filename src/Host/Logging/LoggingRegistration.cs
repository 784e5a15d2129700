using Microsoft.Extensions.Logging.Console;
using StreamNer.Host.Settings;

namespace StreamNer.Host.Logging;

/// <summary>Sets up logging to standard error.</summary>
internal static class LoggingRegistration
{
    // Framework chatter that says nothing about documents. A user's own entry in Categories still wins.
    private static readonly (string Category, LogLevel Level)[] Quiet =
    [
        ("Microsoft", LogLevel.Warning),
        ("System", LogLevel.Warning),
    ];

    /// <summary>Adds the console logger as the options say.</summary>
    public static ILoggingBuilder AddStandardError(this ILoggingBuilder logging, LoggingOptions options)
    {
        logging.SetMinimumLevel(options.Level);
        foreach (var (category, level) in Quiet)
            logging.AddFilter(category, level > options.Level ? level : options.Level);
        foreach (var (category, level) in options.Categories)
            logging.AddFilter(category, level);

        // Standard output belongs to results.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        return options.Format switch
        {
            LogFormat.Json => logging.AddJsonConsole(console =>
            {
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            }),
            _ => logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "HH:mm:ss.fff ";
                console.ColorBehavior = Colours() ? LoggerColorBehavior.Enabled : LoggerColorBehavior.Disabled;
            }),
        };
    }

    /// <summary>The framework looks at standard output only; these lines go to standard error.</summary>
    private static bool Colours() =>
        !Console.IsErrorRedirected
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
        && Environment.GetEnvironmentVariable("TERM") is not "dumb";
}
