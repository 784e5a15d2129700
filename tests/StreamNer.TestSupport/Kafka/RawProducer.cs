using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace StreamNer.TestSupport.Kafka;

/// <summary>Sends a broker batches that no client would make, byte by byte (Produce, version 3).</summary>
public static class RawProducer
{
    private const short ProduceKey = 0;
    private const short ProduceVersion = 3;
    private const short Zstd = 4;

    /// <summary>Writes one batch that says it is compressed with zstd and is not.</summary>
    /// <param name="bootstrapServers">The broker, which takes what it gets: an embedded one.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="records">How many offsets the batch takes.</param>
    public static async Task WriteUnreadableAsync(string bootstrapServers, string topic, int partition, int records)
    {
        var address = bootstrapServers.Split(',')[0].Split(':');
        using var client = new TcpClient();
        await client.ConnectAsync(address[0], int.Parse(address[1], CultureInfo.InvariantCulture));
        var stream = client.GetStream();
        await stream.WriteAsync(Request(topic, partition, Batch(records)));
        var length = new byte[4];
        await stream.ReadExactlyAsync(length);
        var answer = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await stream.ReadExactlyAsync(answer);

        // Correlation id, one topic, its name, one partition, its number: then the error.
        var error = BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(4 + 4 + 2 + topic.Length + 4 + 4));
        if (error != 0)
            throw new InvalidOperationException($"the broker refused the batch with error {error}");
    }

    private static byte[] Request(string topic, int partition, byte[] batch)
    {
        var body = new Fields();
        body.Int16(ProduceKey).Int16(ProduceVersion).Int32(1).Text("raw");
        body.Int16(-1).Int16(-1).Int32(10_000).Int32(1).Text(topic).Int32(1).Int32(partition).Int32(batch.Length).Bytes(batch);
        return new Fields().Int32(body.Length).Bytes(body.ToArray()).ToArray();
    }

    private static byte[] Batch(int records)
    {
        // From the attributes on; the checksum is not looked at unless check.crcs says so.
        var rest = new Fields().Int16(Zstd).Int32(records - 1).Int64(0).Int64(0).Int64(-1).Int16(-1).Int32(-1).Int32(records)
            .Bytes("this is no frame of zstd"u8.ToArray()).ToArray();
        return new Fields().Int64(0).Int32(4 + 1 + 4 + rest.Length).Int32(0).Int8(2).Int32(0).Bytes(rest).ToArray();
    }

    private sealed class Fields
    {
        private readonly List<byte> _bytes = [];

        public int Length => _bytes.Count;

        public Fields Int8(byte value) => Bytes([value]);

        public Fields Int16(short value)
        {
            var bytes = new byte[2];
            BinaryPrimitives.WriteInt16BigEndian(bytes, value);
            return Bytes(bytes);
        }

        public Fields Int32(int value)
        {
            var bytes = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(bytes, value);
            return Bytes(bytes);
        }

        public Fields Int64(long value)
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(bytes, value);
            return Bytes(bytes);
        }

        public Fields Text(string value) => Int16((short)value.Length).Bytes(Encoding.ASCII.GetBytes(value));

        public Fields Bytes(byte[] value)
        {
            _bytes.AddRange(value);
            return this;
        }

        public byte[] ToArray() => [.. _bytes];
    }
}
