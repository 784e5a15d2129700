using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Serialization;
using System.Text;
using StreamNer.Inference.Domain;

namespace StreamNer.Actors.Pool;

/// <summary>Writes numbers, texts and floats one after the other. One thread.</summary>
internal sealed class WireWriter
{
    private byte[] _bytes = new byte[256];
    private int _count;

    public void Byte(byte value) => Room(1)[0] = value;

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>A whole number of 0 or more, seven bits a byte.</summary>
    public void Number(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        for (; value >= 0x80; value >>= 7)
            Byte((byte)(value | 0x80));
        Byte((byte)value);
    }

    public void Float(float value) => BinaryPrimitives.WriteSingleLittleEndian(Room(4), value);

    public void Floats(ReadOnlySpan<float> values)
    {
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(values).CopyTo(Room(values.Length * 4));
            return;
        }

        foreach (var value in values)
            Float(value);
    }

    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Number(length);
        Encoding.UTF8.GetBytes(value, Room(length));
    }

    public byte[] ToArray() => _bytes.AsSpan(0, _count).ToArray();

    private Span<byte> Room(int bytes)
    {
        if (_bytes.Length - _count < bytes)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _count + bytes));
        _count += bytes;
        return _bytes.AsSpan(_count - bytes, bytes);
    }
}

/// <summary>
/// Reads what <see cref="WireWriter"/> wrote, or what a stranger says it did: every read is inside the bytes at hand, and every count can
/// be filled by them. One thread.
/// </summary>
/// <exception cref="SerializationException">The bytes end too early, or a number is out of its range.</exception>
internal sealed class WireReader(ReadOnlyMemory<byte> bytes)
{
    private ReadOnlyMemory<byte> _left = bytes;

    public byte Byte() => Take(1)[0];

    public bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        var other => throw new SerializationException($"{other} is neither yes nor no"),
    };

    public long Number()
    {
        long value = 0;
        for (var shift = 0; shift < 63; shift += 7)
        {
            var next = Byte();
            value |= (long)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw new SerializationException("a number has more than 63 bits");
    }

    public int Int() => Number() is var value && value <= int.MaxValue
        ? (int)value
        : throw new SerializationException($"{value} is more than {int.MaxValue}");

    public TEnum Enum<TEnum>()
        where TEnum : struct, Enum
    {
        var value = (TEnum)System.Enum.ToObject(typeof(TEnum), Int());
        return System.Enum.IsDefined(value) ? value : throw new SerializationException($"{typeof(TEnum).Name} {value} is not known");
    }

    /// <summary>A number of things of at least so many bytes each.</summary>
    public int Count(int bytesEach)
    {
        var count = Int();
        return Fits(count, bytesEach) ? count : 0;
    }

    /// <summary>Whether so many things may still come.</summary>
    /// <returns>True; what can't be is an error.</returns>
    public bool Fits(long count, int bytesEach) => count <= _left.Length / bytesEach
        ? true
        : throw new SerializationException($"{count} things of {bytesEach} bytes or more can't stand in {_left.Length} bytes");

    public float Float() => BinaryPrimitives.ReadSingleLittleEndian(Take(4));

    public void Floats(Span<float> into)
    {
        var from = Take(into.Length * 4);
        for (var i = 0; i < into.Length; i++)
            into[i] = BinaryPrimitives.ReadSingleLittleEndian(from[(i * 4)..]);
    }

    /// <summary>A text on one line, without what could steer a terminal.</summary>
    /// <param name="most">Bytes that it may have; a longer one is an error.</param>
    public string Text(int most)
    {
        var length = Count(bytesEach: 1);
        if (length > most)
            throw new SerializationException($"a text has {length} bytes, it may have {most}");
        return VisibleText.Of(Encoding.UTF8.GetString(Take(length)), keepLines: false);
    }

    public void End()
    {
        if (_left.Length > 0)
            throw new SerializationException($"{_left.Length} bytes stand behind the message");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _left.Length)
            throw new SerializationException($"the message ends {count - _left.Length} bytes too early");
        var taken = _left.Span[..count];
        _left = _left[count..];
        return taken;
    }
}
