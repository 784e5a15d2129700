using System.Collections;

namespace StreamNer.Host.Settings;

/// <summary>What the OpenTelemetry exporter is told: the standard's own environment variables, over them our settings.</summary>
internal static class OtlpSettings
{
    private const string Prefix = "OTEL_";
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string TracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    private const string MetricsEndpoint = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    private const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";

    /// <summary>Gathers them under the standard's names.</summary>
    public static IReadOnlyDictionary<string, string?> Of(TelemetryOptions options) => Of(options, Environment.GetEnvironmentVariables());

    /// <summary>Gathers them from other variables than those of the process.</summary>
    public static IReadOnlyDictionary<string, string?> Of(TelemetryOptions options, IDictionary variables)
    {
        // The service reads no other environment variables; of these a collector's users expect that they count.
        var settings = variables.Cast<DictionaryEntry>()
            .Where(variable => ((string)variable.Key).StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value, StringComparer.Ordinal);
        if (!string.IsNullOrEmpty(options.OtlpEndpoint))
        {
            settings[Endpoint] = options.OtlpEndpoint;
            settings.Remove(TracesEndpoint);
            settings.Remove(MetricsEndpoint);
        }

        if (options.OtlpProtocol is { } protocol)
            settings[Protocol] = protocol == OtlpProtocol.Grpc ? "grpc" : "http/protobuf";
        return settings;
    }

    /// <summary>Whether traces are sent anywhere.</summary>
    public static bool SendsTraces(IReadOnlyDictionary<string, string?> settings) => Has(settings, Endpoint) || Has(settings, TracesEndpoint);

    /// <summary>Whether metrics are sent anywhere.</summary>
    public static bool SendsMetrics(IReadOnlyDictionary<string, string?> settings) => Has(settings, Endpoint) || Has(settings, MetricsEndpoint);

    private static bool Has(IReadOnlyDictionary<string, string?> settings, string name) => settings.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value);
}
