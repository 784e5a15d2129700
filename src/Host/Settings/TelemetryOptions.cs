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

    /// <summary>Says everything that is wrong with these values; empty when nothing is. Those of <see cref="Traces"/> are the streams' to check.</summary>
    public IEnumerable<string> Problems()
    {
        if (!string.IsNullOrEmpty(OtlpEndpoint) && !(Uri.TryCreate(OtlpEndpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            yield return $"{Section}:OtlpEndpoint is '{OtlpEndpoint}', it must be an http or https address, as in http://localhost:4317";
    }
}
