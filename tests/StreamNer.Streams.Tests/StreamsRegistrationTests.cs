using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Pipeline;
using StreamNer.Streams.Publishing;
using StreamNer.Streams.Reading;

namespace StreamNer.Streams.Tests;

public sealed class StreamsRegistrationTests
{
    [Fact]
    public void Every_section_is_bound()
    {
        using var services = Services(
            ("StreamNer:Kafka:BootstrapServers", "localhost:1"),
            ("StreamNer:Kafka:InputTopics:0", "news"),
            ("StreamNer:Kafka:Consumer:session.timeout.ms", "10000"),
            ("StreamNer:Reading:TextPointer", "/body"),
            ("StreamNer:Output:PassHeaders:0", "tenant"),
            ("StreamNer:Pipeline:DrainTimeout", "00:00:07"));

        Assert.Equal(["news"], services.GetRequiredService<IOptions<KafkaOptions>>().Value.InputTopics);
        Assert.Equal("10000", services.GetRequiredService<IOptions<KafkaOptions>>().Value.Consumer["session.timeout.ms"]);
        Assert.Equal("/body", services.GetRequiredService<IOptions<ReadingOptions>>().Value.TextPointer);
        Assert.Equal(["tenant"], services.GetRequiredService<IOptions<OutputOptions>>().Value.PassHeaders);
        Assert.Equal(TimeSpan.FromSeconds(7), services.GetRequiredService<IOptions<PipelineOptions>>().Value.DrainTimeout);
    }

    [Theory]
    [InlineData("StreamNer:Kafka:BootstrapServer")]
    [InlineData("StreamNer:Reading:TextPath")]
    [InlineData("StreamNer:Output:Token")]
    [InlineData("StreamNer:Pipeline:DrainTime")]
    public void A_misspelt_key_is_refused_by_name(string key)
    {
        using var services = Services((key, "1"));

        var problem = Assert.ThrowsAny<Exception>(() =>
        {
            _ = services.GetRequiredService<IOptions<ReadingOptions>>().Value;
            _ = services.GetRequiredService<IOptions<OutputOptions>>().Value;
            _ = services.GetRequiredService<IOptions<PipelineOptions>>().Value;
            _ = services.GetRequiredService<IOptions<KafkaOptions>>().Value;
        });

        Assert.Contains(key.Split(':')[2], problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("StreamNer:Reading:TextPointer", "text")]
    [InlineData("StreamNer:Reading:DefaultContentType", "image/png")]
    [InlineData("StreamNer:Reading:MaxValueBytes", "0")]
    public void A_value_that_cannot_be_is_refused_with_key_and_value(string key, string value)
    {
        using var services = Services((key, value));

        var problem = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<ReadingOptions>>().Value);

        Assert.Contains(key, problem.Message, StringComparison.Ordinal);
        Assert.Contains(value, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ce_id")]
    [InlineData("content-type")]
    [InlineData(" ")]
    public void A_header_that_cannot_be_passed_on_is_refused(string header)
    {
        using var services = Services(("StreamNer:Output:PassHeaders:0", header));

        Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<OutputOptions>>().Value);
    }

    private static ServiceProvider Services(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)))
            .Build();
        return new ServiceCollection().AddLogging().AddStreams(configuration).BuildServiceProvider();
    }
}
