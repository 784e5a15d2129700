using CsCheck;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Kafka;

/// <summary>What a record takes in a request, counted as Kafka writes it.</summary>
public sealed class RecordSizeTests
{
    private static readonly Gen<byte[]?> Bytes = Gen.Byte.Array[0, 300].Null();

    [Fact]
    public void The_smallest_record_takes_what_the_format_says() =>
        // 61 of the batch; length, attributes, two differences, no key, no value, no headers: a byte each.
        Assert.Equal(68, RecordSize.OfBatchWith(new OutgoingRecord("t", null, null, [])));

    [Fact]
    public void The_size_is_that_of_the_record_written_out() =>
        Gen.Select(Bytes, Bytes, Gen.Select(Gen.String[0, 20], Bytes, (key, value) => new RecordHeader(key, value)).Array[0, 70]).Sample(
            (key, value, headers) =>
            {
                using var record = new MemoryStream();
                record.Write([0, 0, 0]);
                Write(record, key);
                Write(record, value);
                Write(record, headers.Length);
                foreach (var header in headers)
                {
                    Write(record, System.Text.Encoding.UTF8.GetBytes(header.Key));
                    Write(record, header.Value);
                }

                using var length = new MemoryStream();
                Write(length, (int)record.Length);
                Assert.Equal(61 + length.Length + record.Length, RecordSize.OfBatchWith(new OutgoingRecord("t", key, value, headers)));
            });

    private static void Write(MemoryStream to, byte[]? bytes)
    {
        Write(to, bytes?.Length ?? -1);
        to.Write(bytes ?? []);
    }

    private static void Write(MemoryStream to, int number)
    {
        for (var left = (uint)((number << 1) ^ (number >> 31)); ; left >>= 7)
        {
            to.WriteByte((byte)(left > 127 ? left | 128 : left));
            if (left <= 127)
                return;
        }
    }
}
