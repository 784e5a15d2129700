using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;
using StreamNer.Inference.Domain;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>The one environment of the native runtime: it sends nothing anywhere, and what it has to say goes through a logger.</summary>
internal static partial class OnnxEnvironment
{
    private const string TelemetrySwitch = "ORT_DISABLE_TELEMETRY";

    // The runtime keeps a pointer to it for the life of the process.
    private static readonly DOrtLoggingFunction Logging = OnMessage;

    private static readonly Lazy<bool> Created = new(Create);

    private static ILogger? _log;

    /// <summary>Makes the environment, unless it is there. Before any session. Any thread.</summary>
    public static void Ensure() => _ = Created.Value;

    /// <summary>Says where the runtime's messages go from now on; before that they go to standard error. For the whole process.</summary>
    public static void LogTo(ILogger log) => Volatile.Write(ref _log, log);

    /// <summary>
    /// Switches the runtime's telemetry off: on by default, it writes a device id and a database of events into the user's cache and
    /// sends them to its maker.
    /// </summary>
    /// <remarks>
    /// The native library reads the process's own environment when it is loaded; <see cref="Environment.SetEnvironmentVariable(string,
    /// string)"/> changes only a copy of it, but on Windows.
    /// </remarks>
#pragma warning disable CA2255 // It must come before the native library, whoever loads it first.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void SwitchTelemetryOff()
    {
        if (OperatingSystem.IsWindows())
            Environment.SetEnvironmentVariable(TelemetrySwitch, "1");
        else
            _ = SetNativeVariable(TelemetrySwitch, "1", overwrite: 1);
    }

    private static bool Create()
    {
        if (OrtEnv.IsCreated)
            return false;

        var options = new EnvironmentCreationOptions
        {
            logId = "streamner",
            logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING,
            loggingFunction = Logging,
        };
        OrtEnv.CreateInstanceWithOptions(ref options).DisableTelemetryEvents();
        return true;
    }

    // Called by native code, which no exception may reach. Names in a message come out of the model's file.
    private static void OnMessage(IntPtr context, OrtLoggingLevel severity, string category, string logId, string codeLocation,
        string message)
    {
        try
        {
            var shown = VisibleText.Of(message ?? "", keepLines: false);
            if (Volatile.Read(ref _log) is { } log)
                LogMessage(log, LevelOf(severity), shown);
            else
                Console.Error.WriteLine($"onnxruntime: {shown}");
        }
        catch (Exception)
        {
            // A message that can't be written is no reason to end the process.
        }
    }

    private static LogLevel LevelOf(OrtLoggingLevel severity) => severity switch
    {
        OrtLoggingLevel.ORT_LOGGING_LEVEL_VERBOSE => LogLevel.Debug,
        OrtLoggingLevel.ORT_LOGGING_LEVEL_INFO => LogLevel.Information,
        OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING => LogLevel.Warning,
        _ => LogLevel.Error,
    };

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetNativeVariable(string name, string value, int overwrite);

    [LoggerMessage(EventId = 1001, Message = "{Message}")]
    private static partial void LogMessage(ILogger logger, LogLevel level, string message);
}
