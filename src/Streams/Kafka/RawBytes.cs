using Confluent.Kafka;

namespace StreamNer.Streams.Kafka;

/// <summary>Takes keys and values as they are, null included: a null value is a tombstone, an empty one is an empty text.</summary>
internal sealed class RawBytes : IDeserializer<byte[]?>, ISerializer<byte[]?>
{
    public static readonly RawBytes Instance = new();

    private RawBytes()
    {
    }

    /// <inheritdoc/>
    public byte[]? Deserialize(ReadOnlySpan<byte> data, bool isNull, SerializationContext context) => isNull ? null : data.ToArray();

    /// <inheritdoc/>
    public byte[]? Serialize(byte[]? data, SerializationContext context) => data;
}
