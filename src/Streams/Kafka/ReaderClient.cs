using Confluent.Kafka;

namespace StreamNer.Streams.Kafka;

/// <summary>Makes clients that read what they are assigned, outside of any group, and say nothing of what they meet on the way.</summary>
internal static class ReaderClient
{
    /// <param name="options">The broker.</param>
    /// <param name="more">Settings of librdkafka that win over those of the options.</param>
    /// <returns>A client that commits nothing and tells the ends of partitions; the caller's to dispose.</returns>
    public static IConsumer<byte[]?, byte[]?> Build(KafkaOptions options, params ReadOnlySpan<(string Key, string Value)> more)
    {
        var settings = ClientSettings.Reader(options);
        settings["enable.auto.commit"] = "false";
        settings["enable.partition.eof"] = "true";
        foreach (var (key, value) in more)
            settings[key] = value;
        return new ConsumerBuilder<byte[]?, byte[]?>(settings)
            .SetKeyDeserializer(RawBytes.Instance)
            .SetValueDeserializer(RawBytes.Instance)
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .Build();
    }
}
