using Microsoft.Extensions.Configuration;
using StreamNer.Streams.Kafka;
using StreamNer.Streams.Pipeline;
using StreamNer.Streams.Reading;

namespace StreamNer.Streams.Tests.Pipeline;

public sealed class PipelineOptionsTests
{
    [Fact]
    public void The_defaults_are_taken() => Assert.Empty(Problems(new PipelineOptions()));

    [Fact]
    public void A_number_that_is_no_bound_is_refused()
    {
        Assert.Equal("StreamNer:Pipeline:MaxDocumentsInFlight is 2147483647, it must be at most 10000000",
            Assert.Single(Problems(new PipelineOptions { MaxDocumentsInFlight = int.MaxValue })));
        Assert.Contains("StreamNer:Pipeline:MaxBytesInFlight is 7, it must be at least 1024",
            Problems(new PipelineOptions { MaxBytesInFlight = 7 }));
    }

    [Fact]
    public void All_problems_are_reported_with_value_and_limit()
    {
        var problems = Problems(
            new PipelineOptions
            {
                MaxDocumentsInFlight = 100,
                MaxBatchRecords = 500,
                MaxBytesInFlight = 2000,
                AskTimeout = TimeSpan.Zero,
                MinRestartBackoff = TimeSpan.FromMinutes(1),
                RevokeTimeout = TimeSpan.FromMinutes(6),
            });

        Assert.Equal(5, problems.Count);
        Assert.Contains(problems, problem =>
            problem.Contains("MaxBatchRecords 500 must not exceed MaxDocumentsInFlight 100", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Contains("MaxBytesInFlight 2000 must not be less than "
            + "StreamNer:Reading:MaxValueBytes 4194304", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Contains("RevokeTimeout is 00:06:00", StringComparison.Ordinal)
            && problem.Contains("00:05:00", StringComparison.Ordinal));
    }

    [Fact]
    public void Times_are_compared_with_the_consumers_own_settings()
    {
        var problem = Assert.Single(Problems(
            new PipelineOptions { RevokeTimeout = TimeSpan.FromSeconds(7) },
            ("StreamNer:Kafka:Consumer:session.timeout.ms", "6000"),
            ("StreamNer:Kafka:Consumer:max.poll.interval.ms", "6000")));

        Assert.Contains("00:00:06, the consumer's max.poll.interval.ms", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void At_the_embedded_broker_a_revoke_must_be_over_within_the_session()
    {
        var problem = Assert.Single(Problems(
            new PipelineOptions { RevokeTimeout = TimeSpan.FromSeconds(7) }, ("StreamNer:Kafka:Broker", "Embedded")));

        Assert.Contains("00:00:06, the consumer's session.timeout.ms", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(30, "External", "300000")]
    [InlineData(8, "External", "12000")]
    [InlineData(4, "Embedded", "300000")]
    public void A_revoke_waits_half_a_minute_and_never_as_long_as_the_group(int seconds, string broker, string maxPoll)
    {
        var kafka = new KafkaOptions
        {
            Broker = Enum.Parse<BrokerKind>(broker),
            Consumer = new Dictionary<string, string> { ["max.poll.interval.ms"] = maxPoll }
        };

        Assert.Equal(TimeSpan.FromSeconds(seconds), new PipelineOptions().RevokeTimeoutOrDefault(kafka));
    }

    private static List<string> Problems(PipelineOptions options, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)))
            .Build();
        return [.. options.Problems(
            configuration.GetSection(KafkaOptions.Section).Get<KafkaOptions>() ?? new KafkaOptions(), new ReadingOptions())];
    }
}
