using Microsoft.Extensions.Configuration;
using StreamNer.Streams.Kafka;

namespace StreamNer.Embedded;

/// <summary>Points a configuration at the embedded broker.</summary>
internal static class EmbeddedSettings
{
    /// <summary>The input topic where the configuration names none.</summary>
    public const string InputTopic = "documents";

    private const string ClientSection = $"{KafkaOptions.Section}:{nameof(KafkaOptions.Client)}:";

    /// <summary>Lays the broker's address over a configuration; topics are taken from it, or named.</summary>
    public static IConfiguration Over(IConfiguration written, EmbeddedBroker broker, params (string Key, string Value)[] more)
    {
        Dictionary<string, string?> settings = new(StringComparer.OrdinalIgnoreCase)
        {
            [$"{KafkaOptions.Section}:{nameof(KafkaOptions.Broker)}"] = nameof(BrokerKind.Embedded),
            [$"{KafkaOptions.Section}:{nameof(KafkaOptions.BootstrapServers)}"] = broker.BootstrapServers,
        };
        if (!written.GetSection($"{KafkaOptions.Section}:{nameof(KafkaOptions.InputTopics)}").Exists())
            settings[$"{KafkaOptions.Section}:{nameof(KafkaOptions.InputTopics)}"] = InputTopic;
        foreach (var (key, value) in more)
            settings[key] = value;

        // Logins and certificates are for another cluster; this one knows none.
        var kept = written.AsEnumerable()
            .Where(pair => pair.Value is not null && !pair.Key.StartsWith(ClientSection, StringComparison.OrdinalIgnoreCase));
        return new ConfigurationBuilder().AddInMemoryCollection(kept).AddInMemoryCollection(settings).Build();
    }
}
