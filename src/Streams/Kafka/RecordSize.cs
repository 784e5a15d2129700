using System.Numerics;
using System.Text;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Kafka;

/// <summary>How much of a request a record takes, as brokers count it against <c>max.message.bytes</c>. Pure.</summary>
/// <remarks>Kafka's record batch of version 2, not compressed: https://kafka.apache.org/documentation/#recordbatch.</remarks>
internal static class RecordSize
{
    private const int BatchHeader = 61;

    /// <summary>Attributes, and the differences to the batch's first offset and timestamp, which are 0 in a batch of one.</summary>
    private const int RecordHeader = 3;

    /// <summary>Bytes of a batch that holds nothing else.</summary>
    public static int OfBatchWith(in OutgoingRecord record)
    {
        var bytes = RecordHeader + OfBytes(record.Key) + OfBytes(record.Value) + OfNumber(record.Headers.Length);
        foreach (var header in record.Headers)
        {
            var name = Encoding.UTF8.GetByteCount(header.Key);
            bytes += OfNumber(name) + name + OfBytes(header.Value);
        }

        return BatchHeader + OfNumber(bytes) + bytes;
    }

    private static int OfBytes(byte[]? bytes) => bytes is null ? OfNumber(-1) : OfNumber(bytes.Length) + bytes.Length;

    // Zigzag, seven bits a byte.
    private static int OfNumber(int number) =>
        Math.Max(1, (38 - BitOperations.LeadingZeroCount((uint)((number << 1) ^ (number >> 31)))) / 7);
}
