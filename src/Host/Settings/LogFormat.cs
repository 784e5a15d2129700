namespace StreamNer.Host.Settings;

/// <summary>How log entries are written.</summary>
internal enum LogFormat
{
    /// <summary>One line for a person.</summary>
    Line,

    /// <summary>One JSON object a line, for a log collector.</summary>
    Json,
}
