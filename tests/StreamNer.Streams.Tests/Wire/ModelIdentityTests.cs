using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Wire;

public sealed class ModelIdentityTests
{
    private static readonly ModelIdentity Names = new("names", "3f9a1c2e");
    private static readonly ModelIdentity Words = new("words", "aa00bb11");
    private static readonly ModelIdentity Rules = new("rules.jsonl", "00112233");

    [Fact]
    public void One_model_without_rules_is_itself_so_that_its_events_keep_their_ids() =>
        Assert.Equal(("names", "3f9a1c2e"), Parts(ModelIdentity.Combine([Names], null, several: false)));

    // The value itself: a service that was brought up to date must know its own events again.
    [Fact]
    public void Several_models_have_one_name_and_one_hash() =>
        Assert.Equal(("names+words", "bb25a5a1"), Parts(ModelIdentity.Combine([Names, Words], null, several: true)));

    [Fact]
    public void The_hash_changes_with_every_model_their_order_and_the_rules()
    {
        ModelIdentity[] different =
        [
            ModelIdentity.Combine([Names], null, several: false),
            ModelIdentity.Combine([Names, Words], null, several: true),
            ModelIdentity.Combine([Words, Names], null, several: true),
            ModelIdentity.Combine([Names, Words with { Hash = "aa00bb12" }], null, several: true),
            ModelIdentity.Combine([Names, Words with { Name = "others" }], null, several: true),
            ModelIdentity.Combine([Names], Rules, several: false),
            ModelIdentity.Combine([Names, Words], Rules, several: true),
            ModelIdentity.Combine([Names], Rules with { Hash = "00112234" }, several: false),
        ];
        Assert.Equal(different.Length, different.DistinctBy(identity => identity.Hash).Count());
    }

    private static (string, string) Parts(ModelIdentity identity) => (identity.Name, identity.Hash);
}
