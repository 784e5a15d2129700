using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace StreamNer.Streams.Wire;

/// <summary>Turns entity events into bytes, over one buffer that it keeps. One caller at a time.</summary>
internal sealed class EntityEventWriter(bool tokens, OffsetUnit unit = OffsetUnit.Utf16) : IDisposable
{
    /// <summary>How events are written: text stays readable. The bytes are JSON for machines, never pasted into a web page.</summary>
    public static JsonWriterOptions Json { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private const int KeptBytes = 1024 * 1024;

    private ArrayBufferWriter<byte> _buffer = new(4096);
    private Utf8JsonWriter? _json;

    /// <summary>Writes one event.</summary>
    /// <returns>The event's bytes, an array of their own.</returns>
    public byte[] Write(in EntityEvent entityEvent)
    {
        var json = _json ??= new Utf8JsonWriter(_buffer, Json);
        (entityEvent with { Unit = unit }).WriteTo(json, tokens);
        json.Flush();
        var bytes = _buffer.WrittenSpan.ToArray();
        Reset();
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => _json?.Dispose();

    private void Reset()
    {
        // One huge event must not keep its buffer for the life of the process.
        if (_buffer.Capacity > KeptBytes)
            _buffer = new ArrayBufferWriter<byte>(4096);
        else
            _buffer.ResetWrittenCount();
        _json!.Reset(_buffer);
    }
}
