using Confluent.Kafka;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Kafka;

/// <summary>Translates headers between the client's types and ours.</summary>
internal static class RecordHeaders
{
    /// <summary>Reads the client's headers, in order.</summary>
    public static RecordHeader[] From(Headers? headers)
    {
        if (headers is null || headers.Count == 0)
            return [];

        var copy = new RecordHeader[headers.Count];
        for (var i = 0; i < copy.Length; i++)
            copy[i] = new RecordHeader(headers[i].Key, headers[i].GetValueBytes());
        return copy;
    }

    /// <summary>Writes headers for the client, in order.</summary>
    public static Headers To(RecordHeader[] headers)
    {
        var copy = new Headers();
        foreach (var header in headers)
            copy.Add(header.Key, header.Value);
        return copy;
    }
}
