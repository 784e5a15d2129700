using System.Text;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests;

/// <summary>Builds records and batches as the consumer would.</summary>
internal static class Records
{
    public static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    public static KafkaRecord Of(byte[]? value, params (string Key, string? Value)[] headers) =>
        Of(new AssignedPartition("news", 0), 42, value, headers);

    public static KafkaRecord Of(string value, params (string Key, string? Value)[] headers) => Of(Encoding.UTF8.GetBytes(value), headers);

    public static KafkaRecord Of(AssignedPartition partition, long offset, byte[]? value, params (string Key, string? Value)[] headers) =>
        new(
        partition,
        offset,
        "key"u8.ToArray(),
        value,
        [.. headers.Select(header => new RecordHeader(header.Key, header.Value is null ? null : Encoding.UTF8.GetBytes(header.Value)))],
        Time);

    public static RecordBatch Batch(AssignedPartition partition, long firstOffset, params string?[] values)
    {
        var builder = new RecordBatch.Builder(values.Length, long.MaxValue);
        foreach (var value in values)
            builder.Add(Of(partition, firstOffset++, value is null ? null : Encoding.UTF8.GetBytes(value)));
        return builder.Build();
    }
}
