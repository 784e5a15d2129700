using Microsoft.Extensions.Configuration;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Reading;

namespace StreamNer.Streams;

/// <summary>The other sections as they are written, for validators that compare: asking for checked ones would hide problems behind each other.</summary>
internal sealed class UncheckedOptions(IConfiguration configuration)
{
    public KafkaOptions Kafka => configuration.GetSection(KafkaOptions.Section).Get<KafkaOptions>() ?? new KafkaOptions();

    public ReadingOptions Reading => configuration.GetSection(ReadingOptions.Section).Get<ReadingOptions>() ?? new ReadingOptions();
}
