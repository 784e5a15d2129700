using StreamNer.Streams.Kafka;

namespace StreamNer.Streams.Tests.Kafka;

/// <summary>The names of instances at the transaction coordinator.</summary>
public sealed class TransactionalIdTests : IDisposable
{
    private static readonly KafkaOptions Kafka = new() { BootstrapServers = "localhost:9092", GroupId = "ner" };

    private readonly string _folder = Directory.CreateTempSubdirectory("streamner-ids").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Instances_on_one_machine_have_names_of_their_own()
    {
        using var first = Take(Kafka);
        using var second = Take(Kafka);
        Assert.Equal(("ner-host-0", "ner-host-1"), (first.Value, second.Value));
    }

    [Fact]
    public void An_instance_that_starts_after_another_has_ended_takes_its_name_over()
    {
        Take(Kafka).Dispose();
        using var next = Take(Kafka);
        Assert.Equal("ner-host-0", next.Value);
    }

    [Fact]
    public void Instances_of_different_groups_or_clusters_do_not_count_together()
    {
        using var first = Take(Kafka);
        using var otherGroup = Take(Kafka with { GroupId = "other" });
        using var otherCluster = Take(Kafka with { BootstrapServers = "elsewhere:9092" });
        Assert.Equal(("other-host-0", "ner-host-0"), (otherGroup.Value, otherCluster.Value));
    }

    [Fact]
    public void A_configured_name_is_taken_as_it_is()
    {
        var named = Kafka with { Transaction = new TransactionOptions { Id = "mine" } };
        using var first = Take(named);
        using var second = Take(named);
        Assert.Equal(("mine", "mine"), (first.Value, second.Value));
    }

    [Fact]
    public void Where_nothing_can_be_written_there_is_a_name_all_the_same()
    {
        using var name = TransactionalId.Take(Kafka, "host", Path.Combine(_folder, "missing"));
        Assert.Equal("ner-host-0", name.Value);
    }

    private TransactionalId Take(KafkaOptions options) => TransactionalId.Take(options, "host", _folder);
}
