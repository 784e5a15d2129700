using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Pipeline;
using StreamNer.Streams.Reading;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.AkkaStreamsKafka;

/// <summary>Puts the connector over Akka.Streams.Kafka in the place of the product's own.</summary>
internal static class AkkaStreamsKafkaRegistration
{
    /// <summary>Call it before <c>AddStreams</c>, which takes the connector that is there.</summary>
    public static IServiceCollection AddAkkaStreamsKafka(this IServiceCollection services)
    {
        services.TryAddSingleton<IConnectorFactory, AkkaStreamsKafkaConnectorFactory>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<KafkaOptions>, DeliveryCheck>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ReadingOptions>, UnreadableBatchCheck>());
        return services;
    }

    private sealed class DeliveryCheck : IValidateOptions<KafkaOptions>
    {
        public ValidateOptionsResult Validate(string? name, KafkaOptions options) =>
            options.Delivery == DeliveryGuarantee.AtLeastOnce ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(
                $"{KafkaOptions.Section}:{nameof(options.Delivery)} is {options.Delivery}, but this build has the connector "
                + "Akka.Streams.Kafka, whose transactional stages neither begin nor commit a transaction: use "
                + $"{DeliveryGuarantee.AtLeastOnce}, or a build without -p:KafkaConnector=AkkaStreamsKafka");
    }

    private sealed class UnreadableBatchCheck : IValidateOptions<ReadingOptions>
    {
        public ValidateOptionsResult Validate(string? name, ReadingOptions options) =>
            options.OnUnreadableBatch == OnUnreadableBatch.Stop ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(
                $"{ReadingOptions.Section}:{nameof(options.OnUnreadableBatch)} is {options.OnUnreadableBatch}, but this build has the "
                + "connector Akka.Streams.Kafka, which can't go on from another offset: use "
                + $"{OnUnreadableBatch.Stop}, or a build without -p:KafkaConnector=AkkaStreamsKafka");
    }
}
