using StreamNer.Streams;
#if AKKA_STREAMS_KAFKA
using StreamNer.Streams.AkkaStreamsKafka;
#endif

namespace StreamNer.Host.Configuration;

/// <summary>The Kafka connector that the build has chosen: <c>-p:KafkaConnector=Own</c>, or <c>AkkaStreamsKafka</c>.</summary>
internal static class ConnectorChoice
{
    /// <summary>True for the product's own.</summary>
    public static bool IsOwn =>
#if AKKA_STREAMS_KAFKA
        false;
#else
        true;
#endif

    /// <summary>Adds the streams over that connector.</summary>
    public static IServiceCollection AddStreamsOverConnector(this IServiceCollection services, IConfiguration configuration)
    {
#if AKKA_STREAMS_KAFKA
        services.AddAkkaStreamsKafka();
#endif
        return services.AddStreams(configuration);
    }
}
