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
    public void All_problems_are_reported_with_value_and_limit()
    {
        var problems = Problems(
            new PipelineOptions
            {
                MaxDocumentsInFlight = 100,
                MaxBatchRecords = 500,
                MaxBytesInFlight = 1000,
                AskTimeout = TimeSpan.Zero,
                MinRestartBackoff = TimeSpan.FromMinutes(1),
                RevokeTimeout = TimeSpan.FromSeconds(50),
            });

        Assert.Equal(5, problems.Count);
        Assert.Contains(problems, problem => problem.Contains("MaxBatchRecords 500 must not exceed MaxDocumentsInFlight 100", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Contains("MaxBytesInFlight 1000 must not be less than StreamNer:Reading:MaxValueBytes 4194304", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Contains("RevokeTimeout is 00:00:50", StringComparison.Ordinal) && problem.Contains("00:00:45", StringComparison.Ordinal));
    }

    [Fact]
    public void Times_are_compared_with_the_consumers_own_settings()
    {
        var problem = Assert.Single(Problems(
            new PipelineOptions { RevokeTimeout = TimeSpan.FromSeconds(7) }, ("StreamNer:Kafka:Consumer:session.timeout.ms", "6000")));

        Assert.Contains("00:00:06", problem, StringComparison.Ordinal);
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
