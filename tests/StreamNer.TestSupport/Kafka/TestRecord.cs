using System.Text;
using System.Text.Json;
using Confluent.Kafka;

namespace StreamNer.TestSupport.Kafka;

/// <summary>A record as a test looks at it.</summary>
public sealed record TestRecord(string? Key, byte[]? Value, IReadOnlyDictionary<string, string?> Headers)
{
    /// <summary>The value as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Value).RootElement;

    /// <summary>The offset of the input record that an event answers.</summary>
    public long SourceOffset => Json.GetProperty("source").GetProperty("offset").GetInt64();

    /// <summary>The partition of the input record that an event answers.</summary>
    public int SourcePartition => Json.GetProperty("source").GetProperty("partition").GetInt32();

    internal static TestRecord Of(Message<byte[]?, byte[]?> message) => new(
        message.Key is null ? null : Encoding.UTF8.GetString(message.Key),
        message.Value,
        message.Headers.ToDictionary(header => header.Key, header => header.GetValueBytes() is { } bytes
            ? Encoding.UTF8.GetString(bytes) : null));
}
