using StreamNer.Host.Configuration;

namespace StreamNer.Host.Tests.Configuration;

public class NearMatchTests
{
    [Theory]
    [InlineData("Kafak", "Kafka")]
    [InlineData("kafka", "Kafka")]
    [InlineData("Batch", "Batching")]
    [InlineData("MaxPadedTokens", "MaxPaddedTokens")]
    public void A_misspelt_name_finds_the_one_that_was_meant(string written, string meant) =>
        Assert.Equal(meant, NearMatch.Of(written, ["Kafka", "Batching", "MaxPaddedTokens", "Web"]));

    [Fact]
    public void A_name_that_is_like_none_finds_none() => Assert.Null(NearMatch.Of("Persistence", ["Kafka", "Batching", "Web"]));
}
