namespace StreamNer.Host.Settings;

/// <summary>What is logged, and how. Logs go to standard error; they never hold the text of a document.</summary>
internal sealed record LoggingOptions
{
    /// <summary>Where these settings stand in the configuration.</summary>
    public const string Section = "StreamNer:Logging";

    /// <summary>One readable line, or one JSON object, for each entry. Default <see cref="LogFormat.Line"/>.</summary>
    public LogFormat Format { get; init; } = LogFormat.Line;

    /// <summary>The least level that is written. Default <see cref="LogLevel.Information"/>.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>
    /// Levels of single categories, by the beginning of their name, as in <c>Akka</c>: they win over <see cref="Level"/>. Default none.
    /// </summary>
    public IReadOnlyDictionary<string, LogLevel> Categories { get; init; } = new Dictionary<string, LogLevel>();
}

/// <summary>How log entries are written.</summary>
internal enum LogFormat
{
    /// <summary>One line for a person.</summary>
    Line,

    /// <summary>One JSON object a line, for a log collector.</summary>
    Json,
}
