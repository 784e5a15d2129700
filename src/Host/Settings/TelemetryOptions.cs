using System.Collections;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Host.Settings;

/// <summary>Where traces and metrics are sent besides <c>/metrics</c>.</summary>
internal sealed record TelemetryOptions
{
    /// <summary>Where these settings stand in the configuration.</summary>
    public const string Section = "StreamNer:Telemetry";

    /// <summary>
    /// Address of an OpenTelemetry collector, as in <c>http://localhost:4317</c>; traces and metrics are sent there. Default none: what the
    /// environment variable <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names, and without it nothing is sent and no span is made.
    /// </summary>
    public string? OtlpEndpoint { get; init; }

    /// <summary><c>Grpc</c> or <c>HttpProtobuf</c>. Default what <c>OTEL_EXPORTER_OTLP_PROTOCOL</c> says, else <c>Grpc</c>.</summary>
    public OtlpProtocol? OtlpProtocol { get; init; }

    /// <summary>How many documents are traced.</summary>
    public TraceOptions Traces { get; init; } = new();

    /// <summary>
    /// Says everything that is wrong with these values; empty when nothing is. Those of <see cref="Traces"/> are the streams' to check.
    /// </summary>
    public IEnumerable<string> Problems()
    {
        if (!string.IsNullOrEmpty(OtlpEndpoint) && OtlpSettings.EndpointProblem($"{Section}:OtlpEndpoint", OtlpEndpoint) is { } problem)
            yield return problem;
    }
}

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

    /// <summary>What the exporter passes over without a word, as its value means nothing to it: variables of the environment.</summary>
    public static IEnumerable<string> Ignored(IReadOnlyDictionary<string, string?> settings)
    {
        foreach (var name in (string[])[Endpoint, TracesEndpoint, MetricsEndpoint])
        {
            if (Has(settings, name) && EndpointProblem(name, settings[name]) is { } problem)
                yield return problem;
        }

        if (Has(settings, Protocol) && settings[Protocol] is not ("grpc" or "http/protobuf"))
            yield return $"{Protocol} is '{settings[Protocol]}', it must be grpc or http/protobuf";
    }

    /// <summary>What is wrong with where something is sent; null when nothing is.</summary>
    public static string? EndpointProblem(string name, string? endpoint) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? null
            : $"{name} is '{endpoint}', it must be an http or https address, as in http://localhost:4317";

    /// <summary>Whether traces are sent anywhere.</summary>
    public static bool SendsTraces(IReadOnlyDictionary<string, string?> settings) =>
        Has(settings, Endpoint) || Has(settings, TracesEndpoint);

    /// <summary>Whether metrics are sent anywhere.</summary>
    public static bool SendsMetrics(IReadOnlyDictionary<string, string?> settings) =>
        Has(settings, Endpoint) || Has(settings, MetricsEndpoint);

    private static bool Has(IReadOnlyDictionary<string, string?> settings, string name) =>
        settings.TryGetValue(name, out var value) && !string.IsNullOrWhiteSpace(value);
}

/// <summary>How traces and metrics travel to a collector.</summary>
internal enum OtlpProtocol
{
    /// <summary>gRPC, usually at port 4317.</summary>
    Grpc,

    /// <summary>HTTP with Protobuf bodies, usually at port 4318.</summary>
    HttpProtobuf,
}
