using Microsoft.Extensions.Configuration;
using StreamNer.Host.Configuration;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Models;
using StreamNer.Streams.Kafka;

namespace StreamNer.Host.Tests.Configuration;

public class CheckedConfigurationTests
{
    [Fact]
    public void An_unknown_key_is_named_with_the_one_that_was_meant() =>
        Assert.Equal(
            ["StreamNer:Batching:MaxPadedTokens is not a known key; did you mean MaxPaddedTokens?"],
            Check(("StreamNer:Batching:MaxPadedTokens", "1")).Problems);

    [Fact]
    public void An_unknown_section_is_named_with_the_one_that_was_meant() =>
        Assert.Equal(["StreamNer:Kafak is not a known key; did you mean Kafka?"], Check(("StreamNer:Kafak:GroupId", "x")).Problems);

    [Fact]
    public void A_key_that_is_like_none_is_named_with_those_that_are_known() =>
        Assert.Contains("known here: Path", Check(("StreamNer:Model:Zzzzzzzzzzzz", "1")).Problems.Single()
            .Replace("File, ", "", StringComparison.Ordinal));

    [Fact]
    public void Keys_are_found_whatever_their_case() => Assert.Empty(Check(("STREAMNER:KAFKA:GROUPID", "x")).Problems);

    [Theory]
    [InlineData("StreamNer:Batching:MaxWindows", "many", "a whole number")]
    [InlineData("StreamNer:Batching:MaxBatchWait", "8ms", "a time such as 00:00:05")]
    [InlineData("StreamNer:Pipeline:DrainTimeout", "60", "'60', which would be days; it must be a time such as 00:00:05")]
    [InlineData("StreamNer:Pipeline:AskTimeout", "60.00:00:00", "must be at most 1.00:00:00 (a day)")]
    [InlineData("StreamNer:Output:Tokens", "maybe", "true or false")]
    [InlineData("StreamNer:Devices:0:Kind", "tpu", "one of Cpu, Cuda, TensorRt")]
    [InlineData("StreamNer:Kafka", "here", "a section with keys of its own")]
    [InlineData("StreamNer:Kafka:GroupId:0", "a", "a plain value")]
    [InlineData("StreamNer:Devices", "Cuda", "is a plain value, it must be a list of sections, as in StreamNer:Devices:0")]
    [InlineData("StreamNer:Kafka:InputTopics:foo", "a", "is no entry of a list, it must be one by its number")]
    [InlineData("StreamNer:Models", "a,b", "a list of sections")]
    [InlineData("StreamNer:Output:MinScoreOf", "0.9", "a section with keys of its own, as in StreamNer:Output:MinScoreOf:NAME")]
    [InlineData("StreamNer:Reading:MaxValueBytes", "99999999999", "a whole number of at most 2147483647")]
    [InlineData("StreamNer:Kafka:Delivery", "2", "one of AtLeastOnce, ExactlyOnce")]
    [InlineData("StreamNer:Devices:0:Kind", "Cpu,Cuda", "one of Cpu, Cuda, TensorRt")]
    public void A_value_that_does_not_fit_is_named_with_what_is_expected(string key, string value, string expected) =>
        Assert.Contains(expected, Assert.Single(Check((key, value)).Problems));

    [Fact]
    public void What_stands_where_settings_of_the_client_library_belong_is_refused_and_not_shown() =>
        Assert.DoesNotContain("secret", Assert.Single(Check(("StreamNer:Kafka:Client", "sasl.password=secret")).Problems));

    [Fact]
    public void Every_problem_is_told_at_once() =>
        Assert.Equal(3, Check(("StreamNer:Kafak:X", "1"), ("StreamNer:Batching:MaxWindows", "x"), ("StreamNer:Web:Urll", "y"))
            .Problems.Count);

    [Fact]
    public void What_is_wrong_is_left_out_so_that_the_rest_can_be_bound()
    {
        var configuration = Check(("StreamNer:Batching:MaxWindows", "x"), ("StreamNer:Batching:MaxPaddedTokens", "4096"));

        var batching = configuration.Get<BatchingOptions>(BatchingOptions.Section);

        Assert.Equal((4096, 256), (batching.MaxPaddedTokens, batching.MaxWindows));
    }

    [Fact]
    public void Settings_of_the_client_library_are_passed_through()
    {
        var configuration = Check(("StreamNer:Kafka:Client:security.protocol", "SASL_SSL"));

        Assert.Empty(configuration.Problems);
        Assert.Equal("SASL_SSL", configuration.Get<KafkaOptions>(KafkaOptions.Section).Client["security.protocol"]);
    }

    [Fact]
    public void A_list_written_as_one_value_replaces_the_entries_of_other_sources()
    {
        var configuration = Check(("StreamNer:Kafka:InputTopics:0", "a"), ("StreamNer:Kafka:InputTopics:1", "b"),
            ("StreamNer:Kafka:InputTopics:2", "c"), ("StreamNer:Kafka:InputTopics", "news, mail"));

        Assert.Empty(configuration.Problems);
        Assert.Equal(["news", "mail"], configuration.Get<KafkaOptions>(KafkaOptions.Section).InputTopics);
    }

    [Fact]
    public void Devices_are_a_list_of_sections()
    {
        var configuration = Check(("StreamNer:Devices:0:Kind", "cuda"), ("StreamNer:Devices:0:Id", "1"));

        Assert.Equal([new DeviceOptions { Kind = DeviceKind.Cuda, Id = 1 }], configuration.Get<List<DeviceOptions>>(DeviceOptions.Section));
    }

    private static CheckedConfiguration Check(params (string Key, string Value)[] values) =>
        CheckedConfiguration.Of(new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(pair => new KeyValuePair<string, string?>(pair.Key, pair.Value))).Build());
}
